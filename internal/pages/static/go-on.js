// The page to which a provider sends the browser back goes on by itself; without
// scripts there is a button.
document.querySelector("form[data-go-on]").submit();
