// Package gatewaytest starts whole servers for tests: a database in a temporary directory, both
// dialects, a free port. Black-box tests begin with [NewServer].
package gatewaytest

import (
	"bytes"
	"database/sql"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/crypto/bcrypt"

	"panelgate/auth"
	"panelgate/cli"
	"panelgate/client"
	"panelgate/fastpath"
	"panelgate/handlers"
	"panelgate/store"
	"panelgate/tiercache"
)

// The account and the tokens that every test server has: those of a development server.
const (
	Account     = cli.DevAccount
	AdminToken  = cli.DevAdminToken
	ClientToken = cli.DevClientToken
)

// Server is a running server. It ends with its test.
type Server struct {
	URL     string // http://127.0.0.1:PORT
	Store   *store.Store
	Gateway *handlers.Gateway
	DB      string        // the database: a file, or the URL of one on a PostgreSQL server
	Keyset  string        // the file of its keys
	Log     *Log          // what the server logged, at debug level
	Handled *atomic.Int64 // requests that took the whole way, where others were answered on the fast path

	t  testing.TB
	db *sql.DB // the database, for tests that look at it: see database
}

// Log collects what a server writes. It is safe for concurrent use.
type Log struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

// Write appends to the log.
func (l *Log) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

// String gives all that was logged so far.
func (l *Log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

// NewServer starts a server with the account [Account], an admin and a client token. Passwords
// are hashed at bcrypt's lowest cost.
func NewServer(t testing.TB) *Server {
	t.Helper()
	return NewServerWith(t, handlers.Settings{})
}

// NewServerWith is NewServer with the operator's settings.
func NewServerWith(t testing.TB, settings handlers.Settings) *Server {
	t.Helper()
	return NewServerFrom(t, handlers.Options{Settings: settings})
}

// NewServerFrom is NewServer with whatever options are given but the store and the log; without a limiter nothing is limited.
func NewServerFrom(t testing.TB, o handlers.Options) *Server {
	t.Helper()
	return NewServerAt(t, o, time.Now)
}

// NewServerAt is NewServerFrom with a clock of the test's own.
func NewServerAt(t testing.TB, o handlers.Options, now func() time.Time) *Server {
	t.Helper()
	dir := t.TempDir()
	s := &Server{DB: newDB(t, dir), Keyset: filepath.Join(dir, "panelgate.db.keyset"), Log: new(Log), Handled: new(atomic.Int64), t: t}
	log := slog.New(slog.NewJSONHandler(s.Log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	s.Store = openStore(t, s.Keyset, store.Options{DB: s.DB, Log: log, Now: now})
	s.must("fill the database", s.Store.Write(t.Context(), cli.FillDev))
	if o.Limiter == nil {
		o.Limiter = auth.NewLimiter(auth.Limits{})
	}
	o.Cache = openCache(t, dir)
	if o.Hasher == nil {
		o.Hasher = auth.NewHasher(bcrypt.MinCost)
	}
	o.Store, o.Log = s.Store, log
	s.Gateway = handlers.NewGateway(o)
	handler := cli.NewHandler(s.Gateway)
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.Handled.Add(1)
		handler.ServeHTTP(w, r)
	}))
	server.Listener = fastpath.Listen(server.Listener, server.Config)
	server.Start()
	t.Cleanup(server.Close)
	s.URL = server.URL
	return s
}

// openCache makes a cache whose memory is a page, so that tests find answers in both of its tiers.
func openCache(t testing.TB, dir string) *tiercache.Cache {
	t.Helper()
	cache, err := tiercache.Open(tiercache.Options{Memory: 1, File: 32 << 20, Folder: dir})
	if err != nil {
		t.Fatalf("open the cache: %v", err)
	}
	t.Cleanup(func() {
		if err := cache.Close(); err != nil {
			t.Errorf("close the cache: %v", err)
		}
	})
	return cache
}

func openStore(t testing.TB, keyset string, o store.Options) *store.Store {
	t.Helper()
	if err := auth.CreateKeyset(keyset); err != nil {
		t.Fatalf("make a keyset: %v", err)
	}
	aead, err := auth.OpenKeyset(keyset)
	if err != nil {
		t.Fatalf("open the keyset: %v", err)
	}
	o.AEAD = aead
	db, err := store.Open(t.Context(), o)
	if err != nil {
		t.Fatalf("open the database: %v", err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Errorf("close the database: %v", err)
		}
	})
	return db
}

func (s *Server) must(what string, err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatalf("%s: %v", what, err)
	}
}

// Superuser is a client with the admin token.
func (s *Server) Superuser() *client.Client { return client.New(s.URL, AdminToken) }

// AccountClient is a client with the token of [Account].
func (s *Server) AccountClient() *client.Client { return client.New(s.URL, ClientToken) }

// MustAccount creates an account and gives a client token of it.
func (s *Server) MustAccount(name string) (token string) {
	s.t.Helper()
	_, err := s.Superuser().UpsertUser(s.t.Context(), client.UserChange{ID: name})
	s.must("create account "+name, err)
	return s.MustToken(store.NewToken{Kind: store.KindClient, Account: name})
}

// MustToken stores a token and gives its secret.
func (s *Server) MustToken(token store.NewToken) string {
	s.t.Helper()
	secret := auth.NewSecret()
	token.Hash = auth.HashSecret(secret)
	s.must("create a token", s.Store.Write(s.t.Context(), func(tx *store.Tx) error {
		_, err := tx.CreateToken(token)
		return err
	}))
	return secret
}

// MustKnow gives what is stored of the token with a secret.
func (s *Server) MustKnow(secret string) (token store.Token) {
	s.t.Helper()
	s.must("read a token", s.Store.Read(s.t.Context(), func(tx *store.Tx) (err error) {
		token, err = tx.TokenByHash(auth.HashSecret(secret))
		return err
	}))
	return token
}

// MustRevokedToken gives the secret of a client token of [Account] that was revoked.
func (s *Server) MustRevokedToken() string {
	s.t.Helper()
	secret := auth.NewSecret()
	s.must("create and revoke a token", s.Store.Write(s.t.Context(), func(tx *store.Tx) error {
		id, err := tx.CreateToken(store.NewToken{Hash: auth.HashSecret(secret), Kind: store.KindClient, Account: Account})
		if err != nil {
			return err
		}
		return tx.RevokeToken(id)
	}))
	return secret
}

// MustSubuser adds a subuser to [Account] with a password and all permissions.
func (s *Server) MustSubuser(subuser client.NewSubuser) {
	s.t.Helper()
	if subuser.Account == "" {
		subuser.Account = Account
	}
	if subuser.Password == "" {
		subuser.Password = "KExk80Ml5aG6M"
	}
	_, err := s.Superuser().AddSubuser(s.t.Context(), subuser)
	s.must("add subuser "+subuser.Username, err)
}
