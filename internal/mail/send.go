package mail

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/smtp"
	"net/textproto"
	"strings"
	"time"
)

// talk is how long a whole conversation with the server may take.
const talk = 30 * time.Second

// Subject is that of every message.
const Subject = "Please sign in"

// body is that of every message.
func body(url string) string {
	return "Please sign in:\r\n\r\n" + url + "\r\n\r\nThis message is the same whatever the reason. It is sent by a machine: nobody reads answers.\r\n"
}

// message is the whole of a message.
func (s *Server) message(to, url, id string, at time.Time) []byte {
	_, domain, _ := strings.Cut(s.from, "@")
	return []byte("From: " + s.from + "\r\n" +
		"To: " + to + "\r\n" +
		"Subject: " + Subject + "\r\n" +
		"Date: " + at.UTC().Format("Mon, 02 Jan 2006 15:04:05 +0000") + "\r\n" +
		"Message-ID: <" + id + "@" + domain + ">\r\n" +
		"Auto-Submitted: auto-generated\r\n" +
		"MIME-Version: 1.0\r\n" +
		"Content-Type: text/plain; charset=us-ascii\r\n" +
		"Content-Transfer-Encoding: 7bit\r\n" +
		"\r\n" + body(url))
}

// sendError says at what a message failed, in our own words: a server's answer
// may quote an address.
type sendError struct {
	step string
	code int  // of the server's answer; 0: there was none
	ever bool // trying again is of no use
}

func (e *sendError) Error() string {
	if e.code != 0 {
		return fmt.Sprintf("%s: the mail server answers %d", e.step, e.code)
	}
	return e.step
}

// at makes an error of a step a sendError. Only what the server says of one
// recipient or message for good is for good: a wrong password or certificate is
// put right, and then everybody's mail goes out.
func at(step string, err error, recipient bool) error {
	if err == nil {
		return nil
	}
	e := &sendError{step: step}
	var answer *textproto.Error
	if errors.As(err, &answer) {
		e.code, e.ever = answer.Code, recipient && answer.Code >= 500
	}
	return e
}

// send hands one message to the server.
func (s *Server) send(ctx context.Context, to string, message []byte) (err error) {
	if !ValidAddress(to) {
		return &sendError{step: "the address is none", ever: true}
	}
	ctx, cancel := context.WithTimeout(ctx, talk)
	defer cancel()
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", net.JoinHostPort(s.host, s.port))
	if err != nil {
		return &sendError{step: "the mail server cannot be reached"}
	}
	defer conn.Close()
	// A deadline, and the end of ctx, end a read that waits.
	stop := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	if s.tls == Implicit {
		secure := tls.Client(conn, s.tlsConfig())
		if err := secure.HandshakeContext(ctx); err != nil {
			return &sendError{step: "TLS with the mail server fails"}
		}
		conn = secure
	}
	c, err := smtp.NewClient(conn, s.host)
	if err != nil {
		return at("greeting", err, false)
	}
	defer c.Close()
	if err := c.Hello("localhost"); err != nil { // the machine's name is nobody's business
		return at("hello", err, false)
	}
	if s.tls == StartTLS {
		if ok, _ := c.Extension("STARTTLS"); !ok {
			return &sendError{step: "the mail server offers no STARTTLS"}
		}
		if err := c.StartTLS(s.tlsConfig()); err != nil {
			return at("STARTTLS", err, false)
		}
	}
	if s.user != "" {
		if ok, _ := c.Extension("AUTH"); !ok {
			return &sendError{step: "the mail server takes no password"}
		}
		if err := c.Auth(smtp.PlainAuth("", s.user, s.pass, s.host)); err != nil {
			return at("password", err, false)
		}
	}
	if err := c.Mail(s.from); err != nil {
		return at("sender", err, false)
	}
	if err := c.Rcpt(to); err != nil {
		return at("recipient", err, true)
	}
	w, err := c.Data()
	if err != nil {
		return at("message", err, true)
	}
	if _, err := w.Write(message); err != nil {
		return at("message", err, false)
	}
	if err := w.Close(); err != nil {
		return at("message", err, true)
	}
	_ = c.Quit() // it has the message
	return nil
}
