package cli

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os/user"

	"panelgate/store"
)

// fieldsOfToken are what token list tells of a token.
func fieldsOfToken(tx *store.Tx, id int64) (fields map[string]json.RawMessage, err error) {
	token, err := tx.Token(id)
	if err != nil {
		return nil, err
	}
	text, err := json.Marshal(rowOfToken(token, tx.Now()))
	if err != nil {
		return nil, err
	}
	err = json.Unmarshal(text, &fields)
	return fields, err
}

// auditToken writes down what the command line did to a token: the fields that are not as they were; all of a new one.
func auditToken(tx *store.Tx, action string, id int64, was map[string]json.RawMessage) error {
	is, err := fieldsOfToken(tx, id)
	if err != nil {
		return err
	}
	for name, value := range was {
		if bytes.Equal(value, is[name]) {
			delete(was, name)
			delete(is, name)
		}
	}
	row := store.AuditRow{Actor: operator(), Action: action, Target: fmt.Sprintf("token %d", id), Result: store.ResultSuccess}
	for text, fields := range map[*string]map[string]json.RawMessage{&row.Before: was, &row.After: is} {
		if len(fields) == 0 {
			continue
		}
		encoded, err := json.Marshal(fields)
		if err != nil {
			return err
		}
		*text = string(encoded)
	}
	return tx.Audit(row)
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
