package store

// Scope says whose rows a call may see and change. The zero Scope holds nothing.
type Scope struct {
	all     bool
	account int64
}

// ScopeAll is the scope of the operator: every account.
func ScopeAll() Scope { return Scope{all: true} }

// ScopeAccount is the scope of one account and what belongs to it.
func ScopeAccount(id int64) Scope { return Scope{account: id} }

// IsAll reports whether the scope is the operator's, who alone may create accounts.
func (s Scope) IsAll() bool { return s.all }

// accountsInScope is the condition that keeps a query over accounts (alias a) within a scope;
// its arguments are those of Scope.args.
const accountsInScope = "(? OR a.id = ?)"

func (s Scope) args() []any { return []any{s.all, s.account} }
