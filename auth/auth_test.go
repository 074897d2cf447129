package auth

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/crypto/bcrypt"

	"panelgate/permissions"
	"panelgate/store"
)

const punctuation = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"

func TestPasswordLimits(t *testing.T) {
	tests := []struct {
		name, password, want string
	}{
		{"shortest", "12345678", ""},
		{"too short", "1234567", "at least 8 characters"},
		{"empty", "", "at least 8 characters"},
		{"characters count, not bytes", "äöüß", "at least 8 characters"},
		{"eight characters of two bytes", "äöüßäöüß", ""},
		{"longest", strings.Repeat("x", 72), ""},
		{"too long", strings.Repeat("x", 73), "at most 72 bytes"},
		{"too long in bytes", strings.Repeat("ä", 37), "at most 72 bytes"},
		{"longest in bytes", strings.Repeat("ä", 36), ""},
		{"NUL", "12345678\x00", "NUL"},
		{"every punctuation mark", punctuation, ""},
		{"any other bytes", "\x01\x7f\xff\xfe \t\r\n", ""},
		{"blanks are characters", "        ", ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var p NewPassword
			err := p.UnmarshalText([]byte(test.password))
			if test.want != "" {
				if err == nil || !strings.Contains(err.Error(), test.want) {
					t.Fatalf("%v, want %q", err, test.want)
				}
				if test.password != "" && strings.Contains(err.Error(), test.password) {
					t.Errorf("the error shows the password: %v", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if err := p.Seal(t.Context(), NewHasher(bcrypt.MinCost), 1); err != nil {
				t.Fatal(err)
			}
			if err := bcrypt.CompareHashAndPassword([]byte(p.Hash()), []byte(test.password)); err != nil {
				t.Errorf("the hash is of another password: %v", err)
			}
		})
	}
}

// A password shows itself in no way in which values are printed, before it is hashed and after.
func TestPasswordNeverPrintsItself(t *testing.T) {
	const secret = "geheim-geheim"
	var p NewPassword
	if err := p.UnmarshalText([]byte(secret)); err != nil {
		t.Fatal(err)
	}
	args := struct {
		Username string
		Password NewPassword
	}{"helper", p}
	hidden := struct{ password NewPassword }{p} // where fmt calls no methods
	for range 2 {
		var printed strings.Builder
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d"} {
			fmt.Fprintf(&printed, verb+"\n"+verb+"\n"+verb+"\n", p, &p, args)
			fmt.Fprintf(&printed, verb+"\n", []any{p, []NewPassword{p}, map[string]NewPassword{"k": p}, &args})
		}
		fmt.Fprintf(&printed, "%v %+v %#v\n", hidden, hidden, hidden)
		for _, value := range []any{p, &p, args, []NewPassword{p}} {
			text, err := json.Marshal(value)
			if err != nil {
				t.Error(err)
			}
			printed.Write(text)
		}
		for _, handler := range []slog.Handler{slog.NewJSONHandler(&printed, nil), slog.NewTextHandler(&printed, nil)} {
			slog.New(handler).Info("m", "password", p, "pointer", &p, "args", args)
		}
		for _, form := range []string{secret, fmt.Sprintf("%x", secret), fmt.Sprintf("%X", secret),
			strings.Trim(fmt.Sprint([]byte(secret)), "[]"), "$2a$", fmt.Sprintf("%x", "$2a$")} {
			if strings.Contains(printed.String(), form) {
				t.Errorf("printed as %q", form)
			}
		}
		if err := p.Seal(t.Context(), NewHasher(bcrypt.MinCost), 1); err != nil {
			t.Fatal(err)
		}
		args.Password, hidden.password = p, p
	}
	if p.secret.plain != nil {
		t.Error("the password is kept after it was hashed")
	}
}

func TestSealOnce(t *testing.T) {
	h := NewHasher(bcrypt.MinCost)
	var unset NewPassword
	if err := unset.Seal(t.Context(), h, 1); err != nil || unset.Hash() != "" {
		t.Errorf("a password that was not sent: %q, %v", unset.Hash(), err)
	}
	var p NewPassword
	if err := errors.Join(p.UnmarshalText([]byte("KExk80Ml5aG6M")), p.Seal(t.Context(), h, 1)); err != nil {
		t.Fatal(err)
	}
	hash := p.Hash()
	if err := p.Seal(t.Context(), h, 1); err != nil || p.Hash() != hash {
		t.Errorf("sealed twice: %q, %v", p.Hash(), err)
	}
}

func TestSecrets(t *testing.T) {
	shape := regexp.MustCompile(`^pg_[0-9a-f]{64}$`)
	seen := make(map[string]bool)
	for range 1000 {
		secret := NewSecret()
		if !shape.MatchString(secret) || seen[secret] {
			t.Fatalf("%q", secret)
		}
		seen[secret] = true
	}
}

func TestAuthenticate(t *testing.T) {
	path := filepath.Join(t.TempDir(), "panelgate.db")
	if err := CreateKeyset(path + ".keyset"); err != nil {
		t.Fatal(err)
	}
	aead, err := OpenKeyset(path + ".keyset")
	if err != nil {
		t.Fatal(err)
	}
	db, err := store.Open(t.Context(), store.Options{DB: path, AEAD: aead})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	admin, bound, revoked := NewSecret(), NewSecret(), NewSecret()
	var account store.Account
	err = db.Write(t.Context(), func(tx *store.Tx) (err error) {
		if account, err = tx.SaveAccount(store.ScopeAll(), store.AccountChange{Name: "Acme"}); err != nil {
			return err
		}
		_, adminErr := tx.CreateToken(store.NewToken{Hash: HashSecret(admin), Kind: store.KindAdmin, Terms: store.Terms{SSO: true}})
		_, boundErr := tx.CreateToken(store.NewToken{Hash: HashSecret(bound), Kind: store.KindClient, Account: "acme"})
		id, err := tx.CreateToken(store.NewToken{Hash: HashSecret(revoked), Kind: store.KindAdmin})
		return errors.Join(adminErr, boundErr, err, tx.RevokeToken(id))
	})
	if err != nil {
		t.Fatal(err)
	}

	callers := NewCallers(db)
	caller, err := callers.Authenticate(t.Context(), admin, netip.Addr{})
	if err != nil || !caller.IsAdmin() || caller.Scope != store.ScopeAll() || !caller.SSO || !caller.Grant.IsAll() {
		t.Errorf("admin: %+v, %v", caller, err)
	}
	caller, err = callers.Authenticate(t.Context(), bound, netip.Addr{})
	if err != nil || caller.IsAdmin() || caller.Scope != store.ScopeAccount(account.ID) || caller.Account != "Acme" || caller.SSO {
		t.Errorf("client: %+v, %v", caller, err)
	}
	if !caller.Grant.Within(permissions.All(), permissions.Default().User) {
		t.Errorf("client's grant: %+v", caller.Grant)
	}
	var state *StateError
	if _, err := callers.Authenticate(t.Context(), revoked, netip.Addr{}); !errors.As(err, &state) || state.State != store.StateRevoked {
		t.Errorf("revoked: %v", err)
	}
	for name, secret := range map[string]string{
		"unknown": NewSecret(), "empty": "", "cut": admin[:len(admin)-1],
		"in capitals": strings.ToUpper(admin), "the hash itself": fmt.Sprintf("%x", HashSecret(admin)),
	} {
		if got, err := callers.Authenticate(t.Context(), secret, netip.Addr{}); !errors.Is(err, ErrBadToken) || got.Scope != (store.Scope{}) {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
}
