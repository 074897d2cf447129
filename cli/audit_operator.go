package cli

import (
	"encoding/json"
	"fmt"
	"os/user"

	"panelgate/store"
)

// auditToken writes down what the command line did to a token, and how the token is now.
func auditToken(tx *store.Tx, action string, id int64) error {
	token, err := tx.Token(id)
	if err != nil {
		return err
	}
	return auditOperator(tx, action, fmt.Sprintf("token %d", id), rowOfToken(token, tx.Now()))
}

// auditOperator writes down what the command line did to something, and what is to be told of it.
func auditOperator(tx *store.Tx, action, target string, after any) error {
	text, err := json.Marshal(after)
	if err != nil {
		return err
	}
	return tx.Audit(store.AuditRow{Actor: operator(), Action: action, Target: target, After: string(text), Result: store.ResultSuccess})
}

// operator names who uses the command line.
func operator() string {
	u, err := user.Current()
	if err != nil {
		return "command line"
	}
	return "command line " + u.Username
}
