package handlers

import (
	"net/http"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// metrics are what a gateway counts. Labels are names of the tables and words of this package, never a caller's text: so
// their number is bounded, and they hold no secret.
type metrics struct {
	registry *prometheus.Registry
	calls    *prometheus.CounterVec
	duration *prometheus.HistogramVec
}

// durations are the bounds of the histogram: from a read in memory to the end of callTime.
func durations() []float64 {
	return []float64{.00025, .0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, callTime.Seconds()}
}

func newMetrics(g *Gateway) *metrics {
	m := &metrics{
		registry: prometheus.NewRegistry(),
		calls: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "panelgate_calls_total",
			Help: "Calls by how they ended: success, or what the log calls the refusal."}, []string{"dialect", "action", "code"}),
		duration: prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "panelgate_call_duration_seconds",
			Help: "From a call's arrival until its answer is known.", Buckets: durations()}, []string{"dialect", "action"}),
	}
	m.registry.MustRegister(m.calls, m.duration, collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	m.gauge("panelgate_hashing_working", "Passwords that are being hashed or compared.", func() int { working, _ := g.hasher.Load(); return working })
	m.gauge("panelgate_hashing_waiting", "Passwords that wait to be hashed or compared.", func() int { _, waiting := g.hasher.Load(); return waiting })
	m.gauge("panelgate_writes_waiting", "Writes that wait for the writer.", g.store.Waiting)
	m.gauge("panelgate_bodies_bytes", "Memory that the bodies of calls take beyond the first 16 kB of each.", func() int { return int(g.bodies.held.Load()) })
	m.gauge("panelgate_database_bytes", "Size of the database and its write-ahead log.", func() int { return int(g.store.Size()) })
	m.registry.MustRegister(prometheus.NewCounterFunc(prometheus.CounterOpts{Name: "panelgate_audit_lost_total",
		Help: "Refusals that are missing in the audit trail."}, func() float64 { return float64(g.lost.Load()) }))
	return m
}

func (m *metrics) gauge(name, help string, value func() int) {
	m.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, func() float64 { return float64(value()) }))
}

// Metrics answers with what was counted, in Prometheus' text format. It asks for no token: mount it where only the
// operator is.
func (g *Gateway) Metrics() http.Handler {
	return promhttp.HandlerFor(g.metrics.registry, promhttp.HandlerOpts{})
}

// meters count the calls of one dialect.
type meters struct {
	byAction map[string]*meter
	unknown  *meter // of what is in no table
}

// meter counts the calls of one action. What it counts with is made by the first call that needs it and kept, so that
// a call allocates nothing, and what never happens is not listed.
type meter struct {
	metrics         *metrics
	dialect, action string
	duration        atomic.Pointer[prometheus.Observer]
	ended           [1 + codes]atomic.Pointer[prometheus.Counter] // success, then the codes
}

func (m *metrics) meters(d Dialect) *meters {
	all := &meters{byAction: make(map[string]*meter), unknown: &meter{metrics: m, dialect: d.Name(), action: "unknown"}}
	for _, action := range d.Table().Actions() {
		all.byAction[action.Name] = &meter{metrics: m, dialect: d.Name(), action: action.Name}
	}
	return all
}

// count counts a call; refused is nil for a success.
func (m *meters) count(action string, refused *Error, took time.Duration) {
	one, known := m.byAction[action]
	if !known {
		one = m.unknown
	}
	one.observer().Observe(took.Seconds())
	if refused == nil {
		one.counter(0, "success").Inc()
		return
	}
	one.counter(1+refused.Code, refused.Code.String()).Inc()
}

func (m *meter) observer() prometheus.Observer {
	if kept := m.duration.Load(); kept != nil {
		return *kept
	}
	observer := m.metrics.duration.WithLabelValues(m.dialect, m.action)
	m.duration.Store(&observer)
	return observer
}

func (m *meter) counter(ended Code, name string) prometheus.Counter {
	if kept := m.ended[ended].Load(); kept != nil {
		return *kept
	}
	counter := m.metrics.calls.WithLabelValues(m.dialect, m.action, name)
	m.ended[ended].Store(&counter)
	return counter
}
