package cli

import (
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/pprof"
	"time"

	"panelgate/handlers"
)

// debugFlags say where the server can be looked into.
type debugFlags struct {
	DebugListen string `name:"debug-listen" placeholder:"ADDR" help:"Serve /metrics (Prometheus) and /debug/pprof/ on this loopback address, such as 127.0.0.1:6060, to every user of this machine."`
}

func (f *debugFlags) check() error {
	if f.DebugListen == "" {
		return nil
	}
	return checkLoopback(f.DebugListen, "--debug-listen", "it asks for no token")
}

// debugServer answers about the process, beside its API. The zero one does nothing.
type debugServer struct {
	base string // its URL
	http *http.Server
}

// openDebug starts the server of --debug-listen. It takes nothing from the default mux of the HTTP library, to which
// any package may add.
func (f *debugFlags) openDebug(g *handlers.Gateway, log *slog.Logger) (*debugServer, error) {
	if f.DebugListen == "" {
		return &debugServer{}, nil
	}
	listener, err := net.Listen("tcp", f.DebugListen)
	if err != nil {
		return nil, fmt.Errorf("%w: choose another address with --debug-listen", err)
	}
	mux := http.NewServeMux()
	mux.Handle("/metrics", g.Metrics())
	mux.HandleFunc("/debug/pprof/", pprof.Index)
	mux.HandleFunc("/debug/pprof/cmdline", pprof.Cmdline)
	mux.HandleFunc("/debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("/debug/pprof/symbol", pprof.Symbol)
	mux.HandleFunc("/debug/pprof/trace", pprof.Trace)
	d := &debugServer{base: "http://" + listener.Addr().String(), http: &http.Server{Handler: mux,
		ReadHeaderTimeout: 10 * time.Second, ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelDebug)}}
	go d.http.Serve(listener) // ends with close; until then it accepts, or there is nothing to look into
	return d, nil
}

func (d *debugServer) close() {
	if d.http != nil {
		d.http.Close()
	}
}
