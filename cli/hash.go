package cli

import (
	"fmt"
	"strconv"

	"github.com/alecthomas/kong"

	"panelgate/auth"
)

// hashFlags say how passwords are hashed.
type hashFlags struct {
	BcryptCost int `name:"bcrypt-cost" default:"${bcrypt_cost}" placeholder:"N" help:"Cost of the bcrypt hashes of new passwords, ${least_cost} to ${most_cost}, by default ${bcrypt_cost}; each step doubles the time that a hash takes."`
	BcryptNice int `name:"bcrypt-nice" default:"${most_nice}" placeholder:"N" help:"Nice value of the process that hashes passwords, 0 to ${most_nice}, by default ${most_nice}: it gets the time that calls without new passwords leave. Less where other programs leave it none."`
}

// hashDefaults are the variables of the flags' help, so that they stand in one place.
func hashDefaults() kong.Vars {
	return kong.Vars{"most_nice": strconv.Itoa(auth.LowestPriority), "bcrypt_cost": strconv.Itoa(auth.DefaultCost),
		"least_cost": strconv.Itoa(auth.MinCost), "most_cost": strconv.Itoa(auth.MaxCost)}
}

func (f *hashFlags) check() error {
	if f.BcryptCost < auth.MinCost || f.BcryptCost > auth.MaxCost {
		return usageError{fmt.Sprintf("--bcrypt-cost %d: want %d to %d", f.BcryptCost, auth.MinCost, auth.MaxCost)}
	}
	if f.BcryptNice < 0 || f.BcryptNice > auth.LowestPriority {
		return usageError{fmt.Sprintf("--bcrypt-nice %d: want 0 to %d", f.BcryptNice, auth.LowestPriority)}
	}
	return nil
}

// startHasher starts the process that hashes passwords.
func (f *hashFlags) startHasher() (h *auth.Hasher, end func() error, err error) {
	process, err := auth.StartHashProcess(f.BcryptNice, "hash")
	if err != nil {
		return nil, nil, err
	}
	return auth.NewHasherIn(process, f.BcryptCost), process.Close, nil
}

// hashCommand is that process. It ends with its input, so with the server; SIGTERM, which service managers send to both,
// does not end it: the server finishes what it accepted.
type hashCommand struct {
	Yield bool `help:"Leave the cores to whoever wants them."`
}

// Run hashes passwords until the server ends.
func (c hashCommand) Run() error { return auth.ServeHashing(c.Yield) }
