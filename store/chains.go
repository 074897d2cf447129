package store

import (
	lru "github.com/hashicorp/golang-lru/v2"

	"panelgate/permissions"
)

const (
	chainsKept   = 1024 // different permissions whose meaning is remembered
	longestChain = 4096 // bytes of one that is
)

// chains remembers what stored permissions mean: many subusers have the same, and to read them as JSON is most of what a
// list of subusers costs. They are told by their text, so nothing makes what is remembered wrong.
type chains struct {
	read *lru.Cache[string, heldGrants]
}

// heldGrants are a login's own permissions, and what is left of them under who gave them.
type heldGrants struct{ own, held permissions.Grant }

func newChains() *chains {
	read, err := lru.New[string, heldGrants](chainsKept)
	if err != nil { // the size is not positive
		panic(err)
	}
	return &chains{read}
}

// held is readHeld.
func (c *chains) held(chain string) (own, held permissions.Grant, err error) {
	if c == nil || len(chain) > longestChain {
		return readHeld(chain)
	}
	if known, is := c.read.Get(chain); is {
		return known.own, known.held, nil
	}
	own, held, err = readHeld(chain)
	if err == nil {
		c.read.Add(chain, heldGrants{own, held})
	}
	return own, held, err
}
