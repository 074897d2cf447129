package spanel

import (
	"strconv"

	"panelgate/store"
)

// customPackage is how lists call the limits of an account that is on no package.
const customPackage = "Custom"

// accountRow is one entry of accounts/listaccounts. All values are strings: a client that is
// popular takes any suspended but "0" for suspended. The fields after package are our own.
type accountRow struct {
	Domain         string `json:"domain"`
	User           string `json:"user"`
	IP             string `json:"ip"`
	Disk           string `json:"disk"`
	Inodes         string `json:"inodes"`
	HomeDir        string `json:"homedir"`
	NumAddons      string `json:"numaddons"`
	NumSubdomains  string `json:"numsubdomains"`
	NumDatabases   string `json:"numdatabases"`
	NumEmails      string `json:"numemails"`
	NumFTPAccounts string `json:"numftpaccts"`
	Suspended      string `json:"suspended"`
	DiskLimit      string `json:"disklimit"`
	InodesLimit    string `json:"inodeslimit"`
	DomainsLimit   string `json:"domainslimit"`
	EmailsLimit    string `json:"emailslimit"`
	DatabasesLimit string `json:"databaseslimit"`
	SetupDate      string `json:"setupDate"`
	Package        string `json:"package"`

	Email          string `json:"email"`
	SSH            string `json:"ssh"`
	SuspendedSince string `json:"suspendedsince,omitempty"`
	SuspendedBy    string `json:"suspendedby,omitempty"`
	SuspendReason  string `json:"suspendreason,omitempty"`
}

// dateLayout is the vendor's way to write a day.
const dateLayout = "02.01.2006"

func rowOfAccount(a store.Account, serverIP string) accountRow {
	row := accountRow{
		Domain: a.Domain, User: a.Name, IP: serverIP, Email: a.Email, Package: a.Package, HomeDir: "home",
		Disk: decimal(a.Usage.Disk), Inodes: decimal(a.Usage.Inodes),
		NumAddons: decimal(max(0, a.Usage.Websites-1)), NumDatabases: decimal(a.Usage.Databases),
		// Mail, FTP and subdomains are not kept here.
		NumSubdomains: "0", NumEmails: "0", NumFTPAccounts: "0",
		Suspended: flag(a.Suspension.Suspended), SSH: flag(a.SSH),
		DiskLimit: limitText(a.Limits.Quota), InodesLimit: limitText(a.Limits.Inodes), DomainsLimit: limitText(a.Limits.Domains),
		EmailsLimit: limitText(a.Limits.Emails), DatabasesLimit: limitText(a.Limits.Databases),
		SetupDate: a.Created.Format(dateLayout),
	}
	if row.Package == "" {
		row.Package = customPackage
	}
	if a.Suspension.Suspended {
		row.SuspendedSince = a.Suspension.Since.Format(dateLayout)
		row.SuspendedBy, row.SuspendReason = a.Suspension.By, a.Suspension.Reason
	}
	return row
}

func decimal(n int64) string { return strconv.FormatInt(n, 10) }

// flag is a boolean as the vendor's lists write it.
func flag(b bool) string {
	if b {
		return "1"
	}
	return "0"
}

// packageRow is one entry of accounts/listpackages.
type packageRow struct {
	Name           string `json:"packagename"`
	DiskLimit      string `json:"disklimit"`
	InodesLimit    string `json:"inodeslimit"`
	DomainsLimit   string `json:"domainslimit"`
	EmailsLimit    string `json:"emailslimit"`
	DatabasesLimit string `json:"databaseslimit"`
}

func rowOfPackage(p store.Package) packageRow {
	l := p.Limits
	return packageRow{Name: p.Name, DiskLimit: limitText(l.Quota), InodesLimit: limitText(l.Inodes),
		DomainsLimit: limitText(l.Domains), EmailsLimit: limitText(l.Emails), DatabasesLimit: limitText(l.Databases)}
}
