// SPDX-License-Identifier: Apache-2.0

package app

import (
	"net/http"
	"path/filepath"

	"mainstay/agent/installer"
	"mainstay/kit/access"
	"mainstay/kit/api"
)

// agentsFolder is where the agents that the server hands out lie, in the data folder: what `make agent` builds.
const agentsFolder = "agents"

// mountInstallers mounts what puts an agent on a machine. Nobody signs in there: scripts and programs are no secrets, and the token
// that lets a device in is an argument of the script.
func (a *App) mountInstallers(r *access.Router) {
	folder := installer.NewFolder(filepath.Join(a.Config.Data, agentsFolder))
	for _, name := range installer.Scripts {
		r.Handle("GET /agents/"+name, access.Public, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			text, err := folder.Script(name, a.PublicURL())
			if err != nil {
				api.Refuse(w, err)
				return
			}
			w.Header().Set("Content-Type", "text/plain; charset=utf-8")
			_, _ = w.Write(text)
		}))
	}
	r.Handle("GET /agents/files/{name}", access.Public, http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if err := folder.ServeFile(w, req, req.PathValue("name")); err != nil {
			api.Refuse(w, err)
		}
	}))
}
