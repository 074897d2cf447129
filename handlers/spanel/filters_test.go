package spanel_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"panelgate/gatewaytest"
)

// list is a call of accounts/listaccounts with these filters.
func list(filters ...string) gatewaytest.Request { return admin("accounts/listaccounts", filters...) }

// listed calls and gives the names in the list that is answered, in its order.
func listed(t *testing.T, s *gatewaytest.Server, r gatewaytest.Request) (names []string) {
	t.Helper()
	var answer struct{ Data []struct{ User string } }
	body := s.MustSend(r).Body
	if err := json.Unmarshal(body, &answer); err != nil || answer.Data == nil {
		t.Fatalf("not a list of accounts: %v: %s", err, body)
	}
	for _, row := range answer.Data {
		names = append(names, row.User)
	}
	return names
}

// chosen says which accounts, separated by blanks, filters should choose.
type chosen struct{ filters, accounts string }

// check lists the accounts with the filters of each, written as they stand in a URL.
func check(t *testing.T, s *gatewaytest.Server, cases []chosen) {
	t.Helper()
	for _, c := range cases {
		if got := strings.Join(listed(t, s, list(strings.Split(c.filters, "&")...)), " "); got != c.accounts {
			t.Errorf("%s\nchooses %q,\nwant    %q", c.filters, got, c.accounts)
		}
	}
}

// mustUse makes accounts that use so many MB, named after them.
func mustUse(t *testing.T, s *gatewaytest.Server, MB ...int64) {
	t.Helper()
	for _, used := range MB {
		name := fmt.Sprintf("mb%d", used)
		s.MustAccount(name)
		s.MustExec("UPDATE accounts SET disk_used = ? WHERE id = (SELECT id FROM logins WHERE key = ?)", used, name)
	}
}

// Over and under leave out what uses exactly as much; a GB is 1024 MB.
func TestListBySpaceUsed(t *testing.T) {
	s := gatewaytest.NewServer(t)
	mustUse(t, s, 1, 511, 512, 513, 1000, 1023, 1024, 1025, 2048)
	const all = gatewaytest.Account + " mb1 mb511 mb512 mb513 mb1000 mb1023 mb1024 mb1025 mb2048"
	check(t, s, []chosen{
		{"diskSpaceOption=exactly&diskSpaceValue=1024&diskSpaceType=MB", "mb1024"},
		{"diskSpaceOption=over&diskSpaceValue=1024&diskSpaceType=MB", "mb1025 mb2048"},
		{"diskSpaceOption=over&diskSpaceValue=1023&diskSpaceType=MB", "mb1024 mb1025 mb2048"},
		{"diskSpaceOption=under&diskSpaceValue=512&diskSpaceType=MB", gatewaytest.Account + " mb1 mb511"},
		{"diskSpaceOption=under&diskSpaceValue=513&diskSpaceType=MB", gatewaytest.Account + " mb1 mb511 mb512"},
		{"diskSpaceOption=exactly&diskSpaceValue=1&diskSpaceType=GB", "mb1024"},
		{"diskSpaceOption=over&diskSpaceValue=1&diskSpaceType=GB", "mb1025 mb2048"},
		{"diskSpaceOption=under&diskSpaceValue=1&diskSpaceType=GB", gatewaytest.Account + " mb1 mb511 mb512 mb513 mb1000 mb1023"},
		{"diskSpaceOption=exactly&diskSpaceValue=2&diskSpaceType=GB", "mb2048"},
		{"diskSpaceOption=exactly&diskSpaceValue=0&diskSpaceType=MB", gatewaytest.Account},
		{"diskSpaceOption=over&diskSpaceValue=0&diskSpaceType=%", strings.TrimPrefix(all, gatewaytest.Account+" ")},
		{"diskSpaceOption=under&diskSpaceValue=0&diskSpaceType=MB", ""},
		// Without diskSpaceOption the other two mean nothing.
		{"diskSpaceValue=1&diskSpaceType=GB", all},
	})
}

func TestListBySpaceTakesDecimals(t *testing.T) {
	s := gatewaytest.NewServer(t)
	mustUse(t, s, 511, 512, 513, 1536, 1537)
	check(t, s, []chosen{
		{"diskSpaceOption=exactly&diskSpaceValue=0.5&diskSpaceType=GB", "mb512"},
		{"diskSpaceOption=over&diskSpaceValue=0.5&diskSpaceType=GB", "mb513 mb1536 mb1537"},
		{"diskSpaceOption=under&diskSpaceValue=0.5&diskSpaceType=GB", gatewaytest.Account + " mb511"},
		{"diskSpaceOption=over&diskSpaceValue=1.5&diskSpaceType=GB", "mb1537"},
		{"diskSpaceOption=exactly&diskSpaceValue=1.5&diskSpaceType=GB", "mb1536"},
		// What accounts use is told in whole MB; none lies between two of them.
		{"diskSpaceOption=over&diskSpaceValue=511.5&diskSpaceType=MB", "mb512 mb513 mb1536 mb1537"},
		{"diskSpaceOption=under&diskSpaceValue=512.5&diskSpaceType=MB", gatewaytest.Account + " mb511 mb512"},
	})
}

// A percentage is one of the whole space of the disk that the server is on.
func TestListByShareOfTheDisk(t *testing.T) {
	var disk syscall.Statfs_t
	if err := syscall.Statfs("/", &disk); err != nil {
		t.Fatal(err)
	}
	percent := int64(disk.Blocks) * int64(disk.Bsize) / 100 >> 20
	if percent < 10 {
		t.Skipf("not run: the disk is too small, a hundredth of it is %d MB", percent)
	}
	s := gatewaytest.NewServer(t)
	mustUse(t, s, 9*percent, 11*percent, 49*percent, 51*percent)
	name := func(percents int64) string { return fmt.Sprintf("mb%d", percents*percent) }
	check(t, s, []chosen{
		{"diskSpaceOption=over&diskSpaceValue=10&diskSpaceType=%", name(11) + " " + name(49) + " " + name(51)},
		{"diskSpaceOption=under&diskSpaceValue=10&diskSpaceType=%", gatewaytest.Account + " " + name(9)},
		{"diskSpaceOption=over&diskSpaceValue=50&diskSpaceType=%", name(51)},
		{"diskSpaceOption=exactly&diskSpaceValue=10&diskSpaceType=%", ""},
		{"diskSpaceOption=over&diskSpaceValue=100&diskSpaceType=%", ""},
	})
}

// Accounts of one day were created from its first millisecond to its last; older and newer leave the day itself out.
func TestListByDayOfCreation(t *testing.T) {
	s := gatewaytest.NewServer(t)
	day := time.Date(2026, 3, 10, 0, 0, 0, 0, time.UTC)
	s.MustExec("UPDATE logins SET created_at = ?", day.AddDate(-3, 0, 0).UnixMilli())
	for _, account := range []struct {
		name    string
		created time.Time
	}{
		{"before", day.Add(-time.Millisecond)},
		{"first", day},
		{"last", day.AddDate(0, 0, 1).Add(-time.Millisecond)},
		{"after", day.AddDate(0, 0, 1)},
	} {
		s.MustAccount(account.name)
		s.MustExec("UPDATE logins SET created_at = ? WHERE key = ?", account.created.UnixMilli(), account.name)
	}
	check(t, s, []chosen{
		{"setupOption=created&setupValue=custom&setupDate=2026-03-10", "first last"},
		{"setupOption=older&setupValue=custom&setupDate=2026-03-10", gatewaytest.Account + " before"},
		{"setupOption=newer&setupValue=custom&setupDate=2026-03-10", "after"},
		// The hour of a day does not matter, nor does a missing setupValue where there is a day.
		{"setupOption=created&setupValue=custom&setupDate=2026-03-10 23:59:59", "first last"},
		{"setupOption=older&setupDate=10.03.2026", gatewaytest.Account + " before"},
		{"setupOption=newer&setupDate=3/10/2026", "after"},
		{"setupOption=created&setupValue=custom&setupDate=2026-03-09", "before"},
		{"setupOption=created&setupValue=custom&setupDate=2026-03-11", "after"},
		// Without setupOption the other two mean nothing.
		{"setupValue=custom&setupDate=2026-03-10", gatewaytest.Account + " before first last after"},
	})
}

// Ages that are named count back from the time of the call.
func TestListByAge(t *testing.T) {
	s := gatewaytest.NewServer(t)
	s.MustExec("DELETE FROM tokens WHERE login_id IS NOT NULL")
	readMessage(t, s.MustSend(admin("accounts/terminateaccount", "username="+gatewaytest.Account)))
	now := time.Now().UTC()
	for _, account := range []struct {
		name    string
		created time.Time
	}{
		{"today", now},
		{"days", now.AddDate(0, 0, -5)},
		{"weeks", now.AddDate(0, 0, -9)},
		{"months", now.AddDate(0, 0, -40)},
		{"years", now.AddDate(0, 0, -400)},
	} {
		s.MustAccount(account.name)
		s.MustExec("UPDATE logins SET created_at = ? WHERE key = ?", account.created.UnixMilli(), account.name)
	}
	check(t, s, []chosen{
		{"setupOption=older&setupValue=1w", "weeks months years"},
		{"setupOption=newer&setupValue=1w", "today days"},
		{"setupOption=older&setupValue=1m", "months years"},
		{"setupOption=newer&setupValue=1m", "today days weeks"},
		{"setupOption=older&setupValue=1y", "years"},
		{"setupOption=newer&setupValue=1y", "today days weeks months"},
		{"setupOption=newer&setupValue=custom&setupDate=-3 days", "today"},
		{"setupOption=older&setupValue=custom&setupDate=2 weeks ago", "months years"},
	})
}

// The custom package is that of accounts on none. A name that is no package's chooses nobody.
func TestListByPackageAndState(t *testing.T) {
	s := gatewaytest.NewServer(t)
	readMessage(t, s.MustSend(admin("accounts/createpackage", "package=Gold", "permissions=all")))
	readMessage(t, s.MustSend(admin("accounts/createpackage", "package=Silver", "permissions=all")))
	for name, pkg := range map[string]string{"golden": "Gold", "silvery": "Silver"} {
		readMessage(t, s.MustSend(admin("accounts/wwwacct", "username="+name, "password="+password, "package="+pkg)))
	}
	readMessage(t, s.MustSend(admin("accounts/suspendaccount", "username=golden")))
	both := listed(t, s, list("selectedPackage="))
	slices.Sort(both)
	if got := strings.Join(both, " "); got != "golden silvery "+gatewaytest.Account {
		t.Errorf("an empty package chooses %q, want everybody", got)
	}
	check(t, s, []chosen{
		{"selectedPackage=Gold", "golden"},
		{"selectedPackage=sILVER", "silvery"},
		{"selectedPackage=Custom", gatewaytest.Account},
		{"selectedPackage=custom", gatewaytest.Account},
		{"selectedPackage=Golden", ""},
		{"statusOption=suspended", "golden"},
		{"statusOption=scheduled", ""},
		{"statusOption=suspended&selectedPackage=Silver", ""},
		{"statusOption=active&selectedPackage=Silver", "silvery"},
		{"accountuser=GOLDEN&selectedPackage=Gold&statusOption=suspended", "golden"},
		{"accountuser=golden&statusOption=active", ""},
	})
}

// Clients that send every field of their form send those empty that were not filled in.
func TestEmptyFiltersDoNotFilter(t *testing.T) {
	s := gatewaytest.NewServer(t)
	s.MustAccount("other")
	check(t, s, []chosen{
		{"diskSpaceOption=&diskSpaceValue=&diskSpaceType=&statusOption=&setupOption=&setupValue=&setupDate=&selectedPackage=",
			gatewaytest.Account + " other"},
		{"accountuser=other&diskSpaceOption=&statusOption=&setupOption=&selectedPackage=", "other"},
		{"accountuser=&statusOption=active", gatewaytest.Account + " other"},
		{"diskSpaceOption=over&diskSpaceValue=0&diskSpaceType=MB&setupOption=&setupValue=", ""},
		{"setupOption=newer&setupValue=&setupDate=2001-01-01&diskSpaceType=", gatewaytest.Account + " other"},
	})
	s.CheckRefusals(t, "a filter that needs more", readRefusal, []gatewaytest.Refusal{
		{Name: "an empty value", Send: gatewaytest.Send(list("diskSpaceOption=over", "diskSpaceValue=", "diskSpaceType=MB")), Code: "missing_field", Field: "diskSpaceValue"},
		{Name: "an empty unit", Send: gatewaytest.Send(list("diskSpaceOption=over", "diskSpaceValue=1", "diskSpaceType=")), Code: "missing_field", Field: "diskSpaceType"},
		{Name: "an empty day", Send: gatewaytest.Send(list("setupOption=older", "setupValue=custom", "setupDate=")), Code: "missing_field", Field: "setupDate"},
		{Name: "less than nothing", Send: gatewaytest.Send(list("diskSpaceOption=over", "diskSpaceValue=-1", "diskSpaceType=MB")), Code: "invalid_field", Field: "diskSpaceValue"},
		{Name: "no number", Send: gatewaytest.Send(list("diskSpaceOption=over", "diskSpaceValue=NaN", "diskSpaceType=MB")), Code: "invalid_field", Field: "diskSpaceValue"},
		{Name: "an endless number", Send: gatewaytest.Send(list("diskSpaceOption=over", "diskSpaceValue=Inf", "diskSpaceType=MB")), Code: "invalid_field", Field: "diskSpaceValue"},
	})
}
