package console

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
)

// signinPage asks for an API key.
type signinPage struct {
	Next    string // where to go then
	Refused bool   // the key that was given opens nothing
}

func (c *console) signinForm(w http.ResponseWriter, r *http.Request) {
	if c.Workspace != "" {
		http.Redirect(w, r, "/", http.StatusSeeOther)
		return
	}
	c.render(w, r, http.StatusOK, page{View: "signin", Title: say("Sign in"), Body: signinPage{Next: localPath(r.URL.Query().Get("next"))}})
}

func (c *console) signin(w http.ResponseWriter, r *http.Request) {
	next, key := localPath(r.PostFormValue("next")), strings.TrimSpace(r.PostFormValue("key"))
	_, err := c.open(r.Context(), key)
	if key == "" || errors.Is(err, errSignedOut) {
		c.render(w, r, http.StatusUnauthorized, page{View: "signin", Title: say("Sign in"), Body: signinPage{Next: next, Refused: true}})
		return
	}
	if err != nil {
		c.fail(w, r, err)
		return
	}
	http.SetCookie(w, keyCookie(r, key))
	http.Redirect(w, r, next, http.StatusSeeOther)
}

func (c *console) signout(w http.ResponseWriter, r *http.Request) {
	http.SetCookie(w, keyCookie(r, ""))
	http.Redirect(w, r, "/signin", http.StatusSeeOther)
}

// askKey sends a request that shows no key to the sign-in page and back again.
func askKey(w http.ResponseWriter, r *http.Request) {
	http.Redirect(w, r, "/signin?next="+url.QueryEscape(localPath(r.URL.RequestURI())), http.StatusSeeOther)
}
