package store

import "testing"

// BenchmarkReads measures what calls read: a token, in one statement, and a token's account with its websites, in five.
func BenchmarkReads(b *testing.B) {
	s := mustOpen(b)
	mustAccount(b, s, AccountChange{Name: "acme", Websites: &[]Website{{Path: "/srv/acme"}}})
	mustWrite(b, s, func(tx *Tx) error {
		_, err := tx.CreateToken(NewToken{Hash: [32]byte{1}, Kind: KindClient, Account: "acme"})
		return err
	})
	for name, read := range map[string]func(*Tx) error{
		"token": func(tx *Tx) error { _, err := tx.TokenByHash([32]byte{1}); return err },
		"account": func(tx *Tx) error {
			account, err := tx.Account(ScopeAll(), "acme")
			if err != nil {
				return err
			}
			_, err = tx.Websites(account)
			return err
		},
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				mustReadTx(b, s, read)
			}
		})
	}
}
