package spanel

import "panelgate/handlers"

func knownDomain() []*handlers.Action {
	return []*handlers.Action{
		partly("domain/adddnsrecord", "domain/dnseditor", "Adds a record to a DNS zone.", nil),
		partly("domain/adddomain", "domain/domains", "Adds a domain to an account.", nil),
		known("domain/addsubdomain", "domain/subdomains", "Adds a subdomain to a domain.", params{
			{Name: "domain", Type: "string", Required: true, Doc: "Domain that it is below."},
			{Name: "subdomain", Type: "string", Required: true, Doc: "Its label, without the domain."},
			{Name: "path", Type: "string", Required: true, Doc: "Its directory; created where it does not exist."},
		}),
		partly("domain/changedomainpath", "domain/domains", "Gives a domain another directory.", params{
			{Name: "domain", Type: "string", Required: true, Doc: "The domain."},
			{Name: "path", Type: "string", Required: true, Doc: "Its new directory."},
		}),
		partly("domain/changemodsecurity", "domain/domains", "Switches ModSecurity of a domain on or off.", nil),
		known("domain/changesubdomainpath", "domain/subdomains", "Gives a subdomain another directory.", params{
			{Name: "subdomain", Type: "string", Required: true, Doc: "Whole name of the subdomain."},
			{Name: "path", Type: "string", Required: true, Doc: "Its new directory."},
		}),
		partly("domain/createredirect", "domain/redirects", "Creates a redirect.", nil),
		known("domain/editdnszone", "domain/dnseditor", "Changes or deletes a record of a DNS zone.", params{
			{Name: "domain", Type: "string", Required: true, Doc: "Domain of the zone."},
			{Name: "record", Type: "object", Required: true, Doc: "The record as it is.", Params: dnsRecord(true)},
			{Name: "changes", Type: "object", Doc: "The members that change; the record is deleted when it is left out.", Params: dnsRecord(false)},
		}),
		partly("domain/listdnszone", "domain/dnseditor", "Lists the records of a DNS zone.", nil),
		partly("domain/listdomains", "domain/domains", "Lists the domains of an account.", nil),
		partly("domain/listredirects", "domain/redirects", "Lists the redirects of an account.", nil),
		partly("domain/listsubdomains", "domain/subdomains", "Lists the subdomains of an account.", nil),
		known("domain/removedomain", "domain/domains", "Deletes domains.", params{
			{Name: "domain", Type: "string", List: true, Required: true, Doc: "The domains."},
		}),
		partly("domain/removeredirect", "domain/redirects", "Deletes redirects.", params{
			{Name: "source", Type: "string", List: true, Required: true, Doc: "What is redirected."},
		}),
		known("domain/removesubdomain", "domain/subdomains", "Deletes subdomains.", params{
			{Name: "subdomain", Type: "string", List: true, Required: true, Doc: "Whole names of the subdomains."},
		}),
	}
}

func dnsRecord(required bool) params {
	return params{
		{Name: "name", Type: "string", Required: required, Doc: "Name of the record."},
		{Name: "ttl", Type: "integer", Required: required, Doc: "Seconds that it may be kept."},
		{Name: "type", Type: "string", Required: required, Doc: "Type of the record."},
		{Name: "priority", Type: "integer", Required: required, Doc: "Priority of the record."},
		{Name: "value", Type: "string", Required: required, Doc: "Value of the record."},
	}
}

func knownMySQL() []*handlers.Action {
	hostname := handlers.Param{Name: "hostname", Type: "string", Doc: "Host that the user comes from; localhost by default."}
	return []*handlers.Action{
		partly("mysql/assignmysqluser", "mysql/users", "Gives a database user privileges on a database.", params{
			{Name: "username", Type: "string", Required: true, Doc: "The database user."},
			{Name: "database", Type: "string", Required: true, Doc: "The database."},
			{Name: "privileges", Type: "string", Required: true, Doc: "Privileges, such as ALL."},
			hostname,
		}),
		known("mysql/changeuserpass", "mysql/users", "Gives a database user a new password.", params{
			{Name: "username", Type: "string", Required: true, Doc: "The database user."},
			{Name: "password", Type: "password", Required: true, Secret: true, Doc: "New password."},
			hostname,
		}),
		partly("mysql/createmysqldatabase", "mysql/databases", "Creates a database.", params{
			{Name: "database", Type: "string", Required: true, Doc: "Name of the database; the account's name is put before it."},
		}),
		known("mysql/createmysqluser", "mysql/users", "Creates a database user.", params{
			{Name: "username", Type: "string", Required: true, Doc: "Name of the user; the account's name is put before it."},
			{Name: "password", Type: "password", Required: true, Secret: true, Doc: "Password of the user."},
			hostname,
		}),
		partly("mysql/deletemysqluser", "mysql/users", "Deletes a database user.", nil),
		known("mysql/revokeuseraccess", "mysql/users", "Takes a database user's privileges on a database.", params{
			{Name: "database", Type: "string", Required: true, Doc: "The database."},
			{Name: "username", Type: "string", Required: true, Doc: "The database user."},
			hostname,
		}),
	}
}

func knownFile() []*handlers.Action {
	return []*handlers.Action{
		known("file/addftpaccount", "file/ftpaccounts", "Creates an FTP user.", params{
			{Name: "username", Type: "string", Required: true, Doc: "Name of the user; the account's name is put before it."},
			{Name: "password", Type: "password", Required: true, Secret: true, Doc: "Password of the user."},
			{Name: "path", Type: "string", Doc: "Directory below the account's home; all of it by default."},
		}),
		known("file/ftpaccountpassword", "file/ftpaccounts", "Gives an FTP user a new password.", params{
			{Name: "username", Type: "string", Required: true, Doc: "The FTP user, with or without the account's name before it."},
			{Name: "password", Type: "password", Required: true, Secret: true, Doc: "New password."},
		}),
		partly("file/generatefullbackup", "file/backups", "Makes a backup of an account.", nil),
		partly("file/listfullbackups", "file/backups", "Lists the backups of an account.", params{
			{Name: "mode", Type: "string", Enum: []string{"local", "remote", "custom", "dailycloud"}, Doc: "Where the backups are; custom by default."},
			{Name: "type", Type: "string", Enum: []string{"hourly", "daily", "weekly", "monthly"}, Doc: "Which of them; not looked at for custom."},
		}),
		partly("file/listftpaccounts", "file/ftpaccounts", "Lists the FTP users of an account.", nil),
		known("file/removeftpaccount", "file/ftpaccounts", "Deletes FTP users.", params{
			{Name: "username", Type: "string", List: true, Required: true, Doc: "The FTP users. The page's example sends domain in its place."},
		}),
	}
}

func knownTool() []*handlers.Action {
	return []*handlers.Action{
		known("tool/createcron", "tool/cron", "Creates a cron job.", cronFields(false)),
		known("tool/editcron", "tool/cron", "Changes a cron job.", cronFields(true)),
	}
}

// cronFields are those of a job; a change sends each as a list of the old and the new value, even where they are equal.
func cronFields(change bool) params {
	var fields params
	for _, field := range []struct{ name, doc string }{
		{"minute", "0-59, *, */n or a range such as 1-5."},
		{"hour", "0-24 as the page has it, *, */n or a range."},
		{"day", "Day of the month: 0-31 as the page has it, *, */n or a range."},
		{"month", "0-12 as the page has it, *, */n or a range."},
		{"weekday", "1-7 from Monday to Sunday, *, */n or a range."},
		{"command", "What is run."},
	} {
		p := handlers.Param{Name: field.name, Type: "string", List: change, Required: true, Doc: field.doc}
		if change {
			p.Doc += " Two values: the old and the new one."
		}
		fields = append(fields, p)
	}
	return fields
}
