package probe_test

import (
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"panelgate/probe"
)

func prefixes(text string) []netip.Prefix {
	var all []netip.Prefix
	for _, p := range strings.Fields(text) {
		all = append(all, netip.MustParsePrefix(p))
	}
	return all
}

// Addresses that a policy must judge are never dialled when it denies them, so no network is
// needed: what is allowed here is loopback, where nothing listens.
func TestAddresses(t *testing.T) {
	port := freePort(t)
	for _, c := range []struct {
		allow, deny, host string
		denied            bool
	}{
		{host: "127.0.0.1"},
		{host: "::ffff:127.0.0.1"},
		{host: "169.254.169.254", denied: true},
		{host: "169.254.1.2", denied: true},
		{host: "::ffff:169.254.169.254", denied: true},
		{host: "64:ff9b::169.254.169.254", denied: true},
		{host: "64:ff9b:1::a9fe:a9fe", denied: true},
		{host: "2002:a9fe:a9fe::1", denied: true},
		{host: "2001:0:1:2:3:4:5601:5601", denied: true},
		{host: "::a9fe:a9fe", denied: true},
		{host: "fe80::1", denied: true},
		{host: "fe80::1%lo", denied: true},
		{host: "::ffff:0:169.254.169.254", denied: true},
		{host: "2001:db8::5efe:169.254.169.254", denied: true},
		{host: "2001:db8::200:5efe:a9fe:a9fe", denied: true},
		{host: "2002:7f00:1::5efe:a9fe:a9fe", denied: true},
		{host: "2002:a9fe:a9fe::200:5efe:127.0.0.1", denied: true},
		{host: "fd00:ec2::254", denied: true},
		{host: "fd00:ec2::23", denied: true},
		{host: "fd20:ce::254", denied: true},
		{host: "168.63.129.16", denied: true},
		{host: "::ffff:168.63.129.16", denied: true},
		{host: "64:ff9b::168.63.129.16", denied: true},
		{host: "100.100.100.200", denied: true},
		{host: "192.0.0.192", denied: true},
		{host: "0.0.0.0", denied: true},
		{host: "0.1.2.3", denied: true},
		{host: "::", denied: true},
		{host: "224.0.0.1", denied: true},
		{host: "ff02::1", denied: true},
		{host: "255.255.255.255", denied: true},
		{deny: "127.0.0.0/8", host: "127.0.0.1", denied: true},
		{deny: "127.0.0.0/8", host: "::ffff:127.0.0.1", denied: true},
		{deny: "::ffff:127.0.0.0/104", host: "127.0.0.1", denied: true},
		{deny: "127.0.0.0/8", host: "2002:7f00:1::", denied: true},
		{deny: "127.0.0.0/8", host: "::ffff:0:127.0.0.1", denied: true},
		{deny: "127.0.0.0/8", host: "2001:db8::5efe:127.0.0.1", denied: true},
		{deny: "127.0.0.0/8", allow: "127.0.0.1/32", host: "127.0.0.1"},
		{deny: "127.0.0.0/8", allow: "127.0.0.0/8", host: "127.0.0.1", denied: true},
		{deny: "127.0.0.1/32", allow: "127.0.0.0/8", host: "127.0.0.1", denied: true},
		{allow: "10.0.0.0/8", host: "127.0.0.1"}, // Allow only lifts denials
		{deny: "0.0.0.0/0 ::/0", allow: "10.0.0.0/8", host: "127.0.0.1", denied: true},
		{allow: "64:ff9b::/96", host: "64:ff9b::169.254.169.254", denied: true},
		{allow: "0.0.0.0/32", host: "0.0.0.0"}, // which is loopback when dialled
	} {
		p := probe.New(probe.Config{Allow: prefixes(c.allow), Deny: prefixes(c.deny)})
		message := "the host refused the connection, during connecting"
		if c.denied {
			message = "the address of the host may not be probed"
		}
		expect(t, run(t, p, []probe.Directory{{Field: c.host, Scheme: "ftp", Host: c.host, Port: port}}, nil),
			want{c.host, probe.FilesystemHost, message})
	}
}

func TestDeniedByName(t *testing.T) {
	t.Parallel()
	port := listen(t, says("220 hello\r\n"))
	for answers, message := range map[string]string{
		"169.254.169.254":           "the address of the host may not be probed",
		"169.254.169.254 127.0.0.1": "no answer within 1s, during the login; some servers are that late", // the other one is dialled
	} {
		n := &names{answers: []string{answers}}
		p := probe.New(probe.Config{Each: time.Second, Resolver: n.resolver(t)})
		dir := probe.Directory{Field: "path", Scheme: "ftp", Host: "rebound.test", Port: port}
		expect(t, run(t, p, []probe.Directory{dir}, nil), want{"path", probe.FilesystemHost, message})
	}
}

// A name that changes between two questions gets nobody to the second address: there is no second
// question, not for a data connection either.
func TestResolvedOnce(t *testing.T) {
	t.Parallel()
	data := listen(t, func(c net.Conn) { c.Write([]byte("drwxr-xr-x 1 a b 0 Jan 1 00:00 public_html\r\n")); c.Close() })
	n := &names{answers: []string{"127.0.0.1", "169.254.169.254"}}
	p := probe.New(probe.Config{Resolver: n.resolver(t)})
	for name, answer := range map[string]string{
		"EPSV": epsv(data), "PASV elsewhere": pasv("169,254,169,254", data),
	} {
		n.asked.Store(0)
		control := listen(t, scripted(map[string]string{name[:4]: answer}))
		dir := probe.Directory{Field: "path", Scheme: "ftp", Host: "rebound.test", Port: control, User: "u", Password: "pass-word"}
		expect(t, run(t, p, []probe.Directory{dir}, nil))
		if asked := n.asked.Load(); asked != 1 {
			t.Errorf("%s: the name server was asked %d times", name, asked)
		}
	}
}

func TestNoSuchHost(t *testing.T) {
	t.Parallel()
	n := &names{answers: []string{""}}
	p := probe.New(probe.Config{Resolver: n.resolver(t)})
	expect(t, run(t, p, []probe.Directory{{Field: "path", Scheme: "sftp", Host: "nowhere.test"}, {Field: "none", Scheme: "ftp"}},
		[]probe.Database{{Field: "db", Host: "nowhere.test:3307"}, {Field: "port", Host: "a:b"}, {Field: "socket", Host: "localhost:/run/s"}}),
		want{"path", probe.FilesystemHost, "the name of the host is not known"},
		want{"none", probe.FilesystemHost, "there is no host"},
		want{"db[host]", probe.DatabaseHost, "the name of the host is not known"},
		want{"port[host]", probe.DatabaseHost, "the port is not a number"},
		want{"socket[host]", probe.DatabaseHost, "a Unix socket cannot be probed"})
}
