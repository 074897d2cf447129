package store

import (
	"encoding/binary"
	"fmt"
)

// Scope says whose rows a call may see and change, and for whom it acts. The zero Scope holds nothing.
type Scope struct {
	all      bool
	account  int64 // this account, and what belongs to it
	reseller int64 // the accounts that this reseller owns; to be changed, while account may only be read
	login    int64 // the admin or subuser that the call acts for, who gives what it grants
}

// ScopeAll is the scope of the operator: every account.
func ScopeAll() Scope { return Scope{all: true} }

// ScopeAdmin is the operator's scope in the hands of one admin user, who gives what it grants.
func ScopeAdmin(id int64) Scope { return Scope{all: true, login: id} }

// ScopeReseller is the scope of a reseller: the accounts that it owns, its own to read but not to
// change, and new accounts, which become its own.
func ScopeReseller(id int64) Scope { return Scope{account: id, reseller: id} }

// ScopeAccount is the scope of one account and what belongs to it.
func ScopeAccount(id int64) Scope { return Scope{account: id} }

// ScopeSubuser is the scope of an account in the hands of one of its subusers: it can sign nobody
// on but that subuser, who gives what it grants.
func ScopeSubuser(account, subuser int64) Scope { return Scope{account: account, login: subuser} }

// IsAll reports whether the scope is the operator's.
func (s Scope) IsAll() bool { return s.all }

// AppendTo appends what tells the scope from all others, in a fixed length.
func (s Scope) AppendTo(b []byte) []byte {
	all := byte(0)
	if s.all {
		all = 1
	}
	b = append(b, all)
	for _, id := range []int64{s.account, s.reseller, s.login} {
		b = binary.LittleEndian.AppendUint64(b, uint64(id))
	}
	return b
}

// mayCreate reports whether accounts can be created within the scope.
func (s Scope) mayCreate() bool { return s.all || s.reseller != 0 }

// admin and subuser are for whom the scope acts, 0 where that is nobody of the kind.
func (s Scope) admin() int64 {
	if s.all {
		return s.login
	}
	return 0
}

func (s Scope) subuser() int64 {
	if s.all {
		return 0
	}
	return s.login
}

// accountsInScope is the condition that keeps a query over accounts (alias a) within a scope;
// its arguments are those of Scope.args.
const accountsInScope = "(? OR a.id = ? OR a.parent_id = ?)"

func (s Scope) args() []any { return []any{s.all, s.account, nonZero(s.reseller)} }

// nonZero is an ID as a query takes it: none is NULL.
func nonZero(id int64) any {
	if id == 0 {
		return nil
	}
	return id
}

// managedID is accountID for callers that change the account or what belongs to it. A reseller's own
// account is a [*ReadOnlyError].
func (tx *Tx) managedID(scope Scope, name string) (int64, error) {
	id, err := tx.AccountID(scope, name)
	if err == nil && id == scope.reseller {
		err = &ReadOnlyError{Name: name}
	}
	return id, err
}

// ReadOnlyError says that an account is within a caller's scope only to be read.
type ReadOnlyError struct{ Name string }

// Error names the account.
func (e *ReadOnlyError) Error() string {
	return fmt.Sprintf("%q is the reseller's own account, which only the operator changes", e.Name)
}

// SuspendedError says that an account was suspended by somebody above the caller, who alone ends that.
type SuspendedError struct{ Name string }

// Error names the account.
func (e *SuspendedError) Error() string {
	return fmt.Sprintf("%q was suspended by the operator, who alone ends that", e.Name)
}
