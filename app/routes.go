// SPDX-License-Identifier: Apache-2.0

package app

import (
	"net/http"
	"net/url"
	"strings"

	"mainstay/kit/access"
	"mainstay/kit/fault"
	"mainstay/kit/page"
)

// router mounts every page and every operation of the API, each with its permission.
func (a *App) router() (*access.Router, error) {
	r, err := access.NewRouter(a.Access, a.Config.Proxies)
	if err != nil {
		return nil, err
	}
	r.Refuse = refuse
	r.Inside = page.Personal(a.view)
	r.HandleFunc("GET /healthz", access.Public, a.health)
	r.HandleFunc("GET /readyz", access.Public, a.health)
	r.Handle("GET /metrics", access.Public, a.Metrics.Handler(a.Config.MetricsKey))
	r.Handle("GET /assets/", access.Public, page.Assets())
	r.Handle("POST /theme", access.Public, page.SwitchTheme())
	a.mountStart(r)
	r.Handle("/", access.Public, page.NotFound())
	return r, nil
}

// refuse sends a person to the sign-in page and back afterwards, and tells a program plainly.
func refuse(w http.ResponseWriter, r *http.Request, err error) {
	browser := strings.Contains(r.Header.Get("Accept"), "text/html")
	if fault.Is(err, fault.Unauthenticated) && browser && r.Method == http.MethodGet && !page.Fragment(r) {
		http.Redirect(w, r, "/sign-in?back="+url.QueryEscape(r.URL.RequestURI()), http.StatusSeeOther)
		return
	}
	page.Error(w, r, err)
}
