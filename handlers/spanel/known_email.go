package spanel

import "panelgate/handlers"

func knownEmail() []*handlers.Action {
	return []*handlers.Action{
		partly("email/addemailautoresponder", "email/autoresponders", "Adds an automatic answer to a mailbox.", params{
			{Name: "email", Type: "string", Required: true, Doc: "Mailbox that answers."},
			{Name: "message", Type: "string", Required: true, Doc: "Text of the answer."},
		}),
		known("email/addemailfilter", "email/filters", "Adds a filter to incoming mail.", params{
			{Name: "domain", Type: "string", Required: true, Doc: "Domain that mail comes in for."},
			{Name: "name", Type: "string", Required: true, Doc: "Name of the filter."},
			{Name: "rule", Type: "string", Required: true, Enum: []string{"from", "subject", "anyheader", "spamscore"}, Doc: "What is looked at."},
			{Name: "check", Type: "string", Required: true, Enum: []string{"contains", "not-contains", "is"}, Doc: "How it is compared."},
			{Name: "value", Type: "string", Required: true, Doc: "What it is compared with; without spaces."},
		}),
		known("email/addemailforwarder", "email/forwarders", "Forwards mail to another address or to a program.", params{
			{Name: "from", Type: "string", Required: true, Doc: "Local part of the address that is forwarded."},
			{Name: "domain", Type: "string", Required: true, Doc: "Domain of that address."},
			{Name: "to", Type: "string", Doc: "Address that mail goes to; required without pipe."},
			{Name: "pipe", Type: "string", Doc: "Path of a program that mail goes to."},
		}),
		known("email/changeemailquota", "email/accounts", "Changes the quota of a mailbox.", params{
			{Name: "email", Type: "string", Required: true, Doc: "Address of the mailbox."},
			{Name: "quota", Type: "integer", Required: true, Doc: "Megabytes, at least 100. The page also calls it unlimited by default."},
		}),
		known("email/createemailaccount", "email/accounts", "Creates a mailbox.", params{
			{Name: "email", Type: "string", Required: true, Doc: "Local part of the address."},
			{Name: "domain", Type: "string", Required: true, Doc: "Domain of the address."},
			{Name: "password", Type: "password", Required: true, Secret: true, Doc: "Password of the mailbox."},
			{Name: "quota", Type: "integer", Required: true, Doc: "Megabytes, at least 100."},
		}),
		partly("email/editemailautoresponder", "email/autoresponders", "Changes an automatic answer.", nil),
		known("email/emailaccountpassword", "email/accounts", "Gives a mailbox a new password.", params{
			{Name: "email", Type: "string", Required: true, Doc: "Address of the mailbox. The page's example sends username in its place."},
			{Name: "password", Type: "password", Required: true, Secret: true, Doc: "New password."},
		}),
		known("email/getdefaultaddressstatus", "email/defaultaddress", "Tells what happens to mail for addresses that do not exist.", nil),
		partly("email/getmailroute", "email/mailroute", "Tells how mail of a domain is routed.", nil),
		known("email/listemailaccounts", "email/accounts", "Lists the mailboxes of an account.", nil),
		partly("email/listemailautoresponders", "email/autoresponders", "Lists automatic answers.", nil),
		partly("email/listemailfilters", "email/filters", "Lists the filters of incoming mail.", nil),
		partly("email/listemailforwarders", "email/forwarders", "Lists the forwarders of an account.", nil),
		known("email/removeemailaccount", "email/accounts", "Deletes mailboxes.", params{
			{Name: "email", Type: "string", List: true, Required: true, Doc: "Addresses of the mailboxes."},
		}),
		partly("email/removeemailautoresponder", "email/autoresponders", "Deletes automatic answers.", nil),
		partly("email/removeemailfilter", "email/filters", "Deletes filters of incoming mail.", nil),
		partly("email/removeemailforwarder", "email/forwarders", "Deletes forwarders.", nil),
		known("email/setdefaultaddressstatus", "email/defaultaddress", "Says what happens to mail for addresses that do not exist.", params{
			{Name: "domain", Type: "string", Required: true, Doc: "Domain that the mail is for."},
			{Name: "type", Type: "string", Required: true, Enum: []string{"discard", "forward"}, Doc: "What happens to it."},
			{Name: "email", Type: "string", Doc: "Address that it is forwarded to; required for forward."},
		}),
		partly("email/setmailroute", "email/mailroute", "Says how mail of a domain is routed.", nil),
	}
}

func knownSpam() []*handlers.Action {
	return []*handlers.Action{
		partly("email/addspamassassinsender", "email/spamassassin", "Adds a sender to SpamAssassin's white or black list.", params{
			{Name: "type", Type: "string", Required: true, Doc: "Which of the two lists."},
		}),
		partly("email/listspamassassinsenders", "email/spamassassin", "Lists the senders of SpamAssassin's white and black lists.", nil),
		partly("email/removespamassassinsender", "email/spamassassin", "Removes senders from SpamAssassin's lists.", nil),
		known("email/setspamassassinscore", "email/spamassassin", "Sets the score from which on mail is spam.", params{
			{Name: "score", Type: "integer", Required: true, Doc: "1 is aggressive, 3 strict, 5 the default, 8 loose."},
		}),
		known("email/togglespamassassin", "email/spamassassin", "Switches SpamAssassin on or off.", params{
			{Name: "status", Type: "string", Required: true, Enum: []string{"enable", "disable"}, Doc: "What to do with it."},
		}),
	}
}
