package spanel

import (
	"math"
	"strconv"
	"strings"
	"syscall"
	"time"

	"panelgate/handlers"
	"panelgate/store"
)

// accountsPage is how many accounts are loaded at a time.
const accountsPage = 250

func listAccounts() *handlers.Action {
	return handlers.Define(handlers.Action{
		Name: "accounts/listaccounts", Page: "accounts/manage", For: handlers.ForAdmin, Target: "accountuser", Keeps: isOfOneAccount,
		Summary: "Lists accounts with their limits, usage and state, all of them or those that the filters choose.",
		Source:  docs + "accounts-listaccounts/",
	}, func(r *handlers.Request, in listAccountsArgs) (bare, error) {
		filter, err := in.filter(r.Now())
		if err != nil {
			return bare{}, err
		}
		filter.Limit = accountsPage
		rows, err := handlers.Paged(r, accountsPage, func(tx *store.Tx, after int64) ([]accountRow, int64, error) {
			filter.AfterID = after
			accounts, err := tx.Accounts(r.Caller.Scope, filter)
			rows := make([]accountRow, len(accounts))
			for i, a := range accounts {
				rows[i], after = rowOfAccount(a, r.ServerIP), a.ID
			}
			return rows, after, err
		})
		return bare{rows}, err
	})
}

// isOfOneAccount tells a list of the account that was named from one that any account may get into, or that depends on
// the day.
func isOfOneAccount(args any) bool {
	in := args.(*listAccountsArgs)
	return in.AccountUser != "" && *in == listAccountsArgs{AccountUser: in.AccountUser}
}

type listAccountsArgs struct {
	AccountUser     string `url:"accountuser" validate:"id" doc:"Name of the one account to list."`
	DiskSpaceOption string `url:"diskSpaceOption" enum:"exactly|over|under" doc:"Choose by disk space used; diskSpaceValue and diskSpaceType say how much."`
	DiskSpaceValue  string `url:"diskSpaceValue" doc:"Number to compare the disk space with."`
	DiskSpaceType   string `url:"diskSpaceType" enum:"MB|GB|%" doc:"Unit of diskSpaceValue; % is of the server's whole space."`
	StatusOption    string `url:"statusOption" enum:"active|suspended|scheduled" doc:"Choose by state; scheduled is due to be suspended."`
	SetupOption     string `url:"setupOption" enum:"older|newer|created" doc:"Choose by the day of creation: before, after or on the one that setupValue names."`
	SetupValue      string `url:"setupValue" enum:"1w|1m|1y|custom" doc:"A week, a month, a year ago, or the day in setupDate."`
	SetupDate       string `url:"setupDate" doc:"Day for setupValue=custom, such as 2026-11-22, 22.11.2026 or -3 days."`
	SelectedPackage string `url:"selectedPackage" doc:"Name of a package; Custom for accounts on none."`
}

func (in listAccountsArgs) filter(now time.Time) (store.AccountFilter, error) {
	f := store.AccountFilter{Name: in.AccountUser, Status: in.StatusOption, Package: in.SelectedPackage}
	f.Custom = strings.EqualFold(in.SelectedPackage, customPackage)
	if err := in.bySpace(&f); err != nil {
		return f, err
	}
	return f, in.byAge(&f, now)
}

func (in listAccountsArgs) bySpace(f *store.AccountFilter) error {
	if in.DiskSpaceOption == "" {
		return nil
	}
	mb, err := in.space()
	if err != nil {
		return err
	}
	// Accounts use whole MB, so a fraction lies between two of them and is exactly none.
	least, most := int64(math.Ceil(mb)), int64(math.Floor(mb))
	switch in.DiskSpaceOption {
	case "over":
		most++
		f.DiskMin = &most
	case "under":
		least--
		f.DiskMax = &least
	default:
		f.DiskMin, f.DiskMax = &least, &most
	}
	return nil
}

// space gives the amount of disk space that is compared with, in MB.
func (in listAccountsArgs) space() (mb float64, _ error) {
	if in.DiskSpaceValue == "" {
		return 0, handlers.Missing("diskSpaceValue")
	}
	value, err := strconv.ParseFloat(in.DiskSpaceValue, 64)
	if err != nil || !(value >= 0 && value < 1<<40) {
		return 0, handlers.Invalid("diskSpaceValue", "must be a number such as 100 or 0.5")
	}
	switch in.DiskSpaceType {
	case "":
		return 0, handlers.Missing("diskSpaceType")
	case "GB":
		value *= 1024
	case "%":
		total, err := diskSize()
		if err != nil {
			return 0, err
		}
		value *= float64(total) / 100
	}
	return value, nil
}

// diskSize is the size in MB of the filesystem that the server runs on.
func diskSize() (int64, error) {
	var disk syscall.Statfs_t
	err := syscall.Statfs("/", &disk)
	return int64(disk.Blocks) * int64(disk.Bsize) >> 20, err
}

func (in listAccountsArgs) byAge(f *store.AccountFilter, now time.Time) error {
	if in.SetupOption == "" {
		return nil
	}
	day := now
	switch in.SetupValue {
	case "1w":
		day = now.AddDate(0, 0, -7)
	case "1m":
		day = now.AddDate(0, -1, 0)
	case "1y":
		day = now.AddDate(-1, 0, 0)
	default:
		if in.SetupDate == "" {
			return handlers.Missing("setupDate")
		}
		var ok bool
		if day, ok = readDay(in.SetupDate, now); !ok {
			return handlers.Invalid("setupDate", "must be a day, such as 2026-11-22, 22.11.2026, 11/22/2026, yesterday or -3 days")
		}
	}
	midnight := day.UTC().Truncate(24 * time.Hour)
	switch in.SetupOption {
	case "older":
		f.CreatedBefore = midnight
	case "newer":
		f.CreatedAfter = midnight.AddDate(0, 0, 1)
	default:
		f.CreatedAfter, f.CreatedBefore = midnight, midnight.AddDate(0, 0, 1)
	}
	return nil
}
