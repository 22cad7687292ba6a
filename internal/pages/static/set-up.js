// A set-up link carries the staff number and the code behind "#", which no
// browser sends to a server. They are put into the form and taken out of the
// address at once.
const form = document.querySelector("form[data-set-up]");
const [staff, code] = decodeURIComponent(location.hash.slice(1)).split("/");
if (form && code) {
	history.replaceState(null, "", location.pathname);
	if (staff) form.elements.staff.value = staff;
	form.elements.code.value = code;
	(staff ? form.elements.code : form.elements.staff).focus();
}
