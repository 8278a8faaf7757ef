package live

import "github.com/prometheus/client_golang/prometheus"

// Metrics count what goes over the line. No label holds anything that a client
// sent: kinds of frames, statuses and codes come from fixed lists.
type Metrics struct {
	sessions prometheus.Gauge
	frames   *prometheus.CounterVec
	faults   *prometheus.CounterVec
	ops      *prometheus.CounterVec
	push     prometheus.Histogram
	pages    prometheus.Counter
	records  prometheus.Counter
	bytes    prometheus.Counter
}

// NewMetrics makes the metrics and registers them; nil registers them nowhere.
func NewMetrics(r prometheus.Registerer) *Metrics {
	m := &Metrics{
		sessions: prometheus.NewGauge(prometheus.GaugeOpts{Name: "earshot_sessions", Help: "Open websocket connections."}),
		frames: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "earshot_frames_total", Help: "Frames taken from devices."}, []string{"kind"}),
		faults: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "earshot_faults_total", Help: "Connections ended for what a device sent, or for a bug here (panic)."}, []string{"code"}),
		ops: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "earshot_ops_total", Help: "Ops answered, by what became of them."}, []string{"status"}),
		push: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "earshot_push_seconds", Help: "From a push read to its commit.",
			Buckets: prometheus.ExponentialBuckets(0.0005, 2, 14)}),
		pages:   prometheus.NewCounter(prometheus.CounterOpts{Name: "earshot_pages_total", Help: "Pages of changes sent."}),
		records: prometheus.NewCounter(prometheus.CounterOpts{Name: "earshot_records_sent_total", Help: "Records sent in pages."}),
		bytes:   prometheus.NewCounter(prometheus.CounterOpts{Name: "earshot_page_bytes_total", Help: "Bytes of pages sent, before deflate."}),
	}
	if r != nil {
		r.MustRegister(m.sessions, m.frames, m.faults, m.ops, m.push, m.pages, m.records, m.bytes)
	}
	return m
}
