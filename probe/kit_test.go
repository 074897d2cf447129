package probe_test

import (
	"context"
	"encoding/binary"
	"net"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"

	"panelgate/probe"
)

// want is a finding, by the beginning of its message.
type want struct {
	field   string
	code    probe.Code
	message string
}

// secretsOf is every text that no finding may hold.
func secretsOf(dirs []probe.Directory, dbs []probe.Database) []string {
	var all []string
	for _, d := range dirs {
		all = append(all, d.Password)
		for line := range strings.Lines(d.Password) { // the lines of a key
			all = append(all, strings.TrimSpace(line))
		}
	}
	for _, d := range dbs {
		all = append(all, d.Password)
	}
	return all
}

// run probes and fails the test when a finding holds a secret, whatever it is about, or is an OK
// one with a code, or the other way round.
func run(t *testing.T, p *probe.Prober, dirs []probe.Directory, dbs []probe.Database) []probe.Finding {
	t.Helper()
	found := p.Run(t.Context(), dirs, dbs)
	for _, f := range found {
		for _, secret := range secretsOf(dirs, dbs) {
			if len(secret) > 3 && strings.Contains(f.Message+f.Field, secret) {
				t.Errorf("%s: the message holds a secret: %s", f.Field, f.Message)
			}
		}
		if f.OK != (f.Code == "") || f.Message == "" {
			t.Errorf("odd finding %+v", f)
		}
	}
	return found
}

// expect compares the failures among the findings with what is wanted.
func expect(t *testing.T, found []probe.Finding, wanted ...want) {
	t.Helper()
	failed := failures(found)
	if len(failed) != len(wanted) {
		t.Fatalf("failures %+v, want %+v", failed, wanted)
	}
	for i, w := range wanted {
		f := failed[i]
		if f.Field != w.field || f.Code != w.code || !strings.HasPrefix(f.Message, w.message) {
			t.Errorf("finding %+v, want %+v", f, w)
		}
	}
}

func failures(found []probe.Finding) []probe.Finding {
	var failed []probe.Finding
	for _, f := range found {
		if !f.OK {
			failed = append(failed, f)
		}
	}
	return failed
}

// notes are the messages of the OK findings.
func notes(found []probe.Finding) string {
	var all []string
	for _, f := range found {
		if f.OK {
			all = append(all, f.Message)
		}
	}
	return strings.Join(all, "\n")
}

// listen hands each connection to serve, which need not close it, and returns the port.
func listen(t *testing.T, serve func(net.Conn)) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	ctx := t.Context() // ends before the cleanups
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			context.AfterFunc(ctx, func() { c.Close() })
			go serve(c)
		}
	}()
	return l.Addr().(*net.TCPAddr).Port
}

// says greets and then keeps silent.
func says(greeting string) func(net.Conn) {
	return func(c net.Conn) { c.Write([]byte(greeting)) }
}

// names is a name server that answers questions for IPv4 addresses with the next of its answers,
// the last one for ever, and says of everything else that there is no such record.
type names struct {
	answers []string
	asked   atomic.Int32
}

func (n *names) resolver(t *testing.T) *net.Resolver {
	t.Helper()
	socket, err := net.ListenPacket("udp", "127.0.0.1:0")
	must(t, err)
	t.Cleanup(func() { socket.Close() })
	go n.serve(socket)
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "udp", socket.LocalAddr().String())
	}}
}

func (n *names) serve(socket net.PacketConn) {
	buffer := make([]byte, 512)
	for {
		size, from, err := socket.ReadFrom(buffer)
		if err != nil {
			return
		}
		socket.WriteTo(n.answer(buffer[:size]), from)
	}
}

// answer is written after RFC 1035, section 4.
func (n *names) answer(query []byte) []byte {
	end := 12 // of the question: labels, type, class
	for query[end] != 0 {
		end += int(query[end]) + 1
	}
	end += 5
	reply := append([]byte(nil), query[:end]...)
	reply[2], reply[3] = 0x81, 0x80
	clear(reply[6:12])
	if binary.BigEndian.Uint16(query[end-4:]) != 1 {
		return reply
	}
	i := min(int(n.asked.Add(1)), len(n.answers)) - 1
	for _, text := range strings.Fields(n.answers[i]) {
		reply[7]++
		ip := netip.MustParseAddr(text).As4()
		reply = append(reply, 0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4)
		reply = append(reply, ip[:]...)
	}
	return reply
}
