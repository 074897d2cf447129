package permissions_test

import (
	"encoding/json"
	"fmt"

	"panelgate/permissions"
)

// A grant that comes from outside is read, checked, and then asked.
func Example() {
	tree := permissions.Default().User

	var grant permissions.Grant
	if err := json.Unmarshal([]byte(`{"domains":["redirects","domains"],"email":"all"}`), &grant); err != nil {
		fmt.Println(err)
		return
	}
	grant, err := tree.Check(grant)
	if err != nil {
		fmt.Println(err)
		return
	}
	stored, _ := json.Marshal(grant)
	fmt.Println(string(stored))
	fmt.Println(grant.Allow("email", "accounts"), grant.Allow("domain", "dnseditor"))
	// Output:
	// {"email":"all","domain":["domains","redirects"]}
	// true false
}

func ExampleTree_Check() {
	_, err := permissions.Default().User.Check(permissions.Of("domain", "redirect"))
	fmt.Println(err)
	// Output: unknown page "redirect" in category "domain"; did you mean "redirects"?
}

func ExampleGrant_Expand() {
	grant := permissions.Of("domain", "redirects").With("software", "all")
	for _, held := range grant.Expand(permissions.Default().User) {
		fmt.Println(held.Category, held.Pages)
	}
	// Output:
	// domain [redirects]
	// software [wpmanager]
}

// What a holder lacks cannot be handed out. Every page of a category is less than all of it, for all grows.
func ExampleGrant_Missing() {
	tree := permissions.Default().User
	holder := permissions.Of("software", "wpmanager").With("email", "all")
	asked := permissions.Of("software", "all").With("email", "accounts")
	fmt.Println(asked.Missing(holder, tree))
	// Output: [software/all]
}

func ExampleGrant_UnmarshalJSON() {
	var grant permissions.Grant
	fmt.Println(json.Unmarshal([]byte(`["email"]`), &grant))
	fmt.Println(json.Unmarshal([]byte(`{"domain":"Array"}`), &grant))
	// Output:
	// [0]: has no category; name the category (permissions[email]=all)
	// [domain]: a list arrived as the text Array; wrap the fields in http_build_query()
}
