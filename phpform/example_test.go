package phpform_test

import (
	"fmt"

	"panelgate/phpform"
)

func ExampleParse() {
	a, err := phpform.Parse("user.name=spanelio&permissions[email]=all&permissions[domain][]=domains", phpform.DefaultLimits())
	if err != nil {
		fmt.Println(err)
		return
	}
	for key, value := range a.All() {
		b, _ := value.AppendJSON(nil)
		fmt.Printf("%s = %s\n", key, b)
	}
	// Output:
	// user_name = "spanelio"
	// permissions = {"email":"all","domain":["domains"]}
}

func ExampleDecode() {
	var args struct {
		Username string                             `url:"username"`
		Labels   bool                               `url:"labels"`
		Quota    phpform.Optional[int]              `url:"quota"`
		Pages    phpform.Pairs[[]string]            `url:"pages"`
		Limits   phpform.Optional[map[string]uint8] `url:"limits"`
	}
	a, _ := phpform.Parse("username=anna&labels=yes&quota=0&pages[domain][0]=redirects&colour=red", phpform.DefaultLimits())
	unknown, err := phpform.Decode(a, &args)
	fmt.Println(args.Username, args.Labels, args.Quota, args.Pages, args.Limits.Set, unknown, err)

	a, _ = phpform.Parse("pages=Array", phpform.DefaultLimits())
	_, err = phpform.Decode(a, &args)
	fmt.Println(err)
	// Output:
	// anna true {0 true} [{domain [redirects]}] false [colour] <nil>
	// pages must be an array, not the text Array: wrap the fields in http_build_query()
}

func ExampleBuildQuery() {
	var a phpform.Array
	a.Set(phpform.StringKey("action"), phpform.Text("user/addsubuser"))
	a.Set(phpform.StringKey("pages"), phpform.List(phpform.Text("e mail"), phpform.Text("~")))
	fmt.Println(phpform.BuildQuery(&a, phpform.RFC1738))
	fmt.Println(phpform.BuildQuery(&a, phpform.RFC3986))
	// Output:
	// action=user%2Faddsubuser&pages%5B0%5D=e+mail&pages%5B1%5D=%7E
	// action=user%2Faddsubuser&pages%5B0%5D=e%20mail&pages%5B1%5D=~
}

func ExampleFrom() {
	v, _, err := phpform.From(phpform.Pairs[any]{
		{Key: "active", Value: true},
		{Key: "ratio", Value: 1e25},
		{Key: "pages", Value: []any{nil, "domains"}},
	})
	fmt.Println(phpform.BuildQuery(v.Array(), phpform.RFC1738), err)
	// Output: active=1&ratio=1.0E%2B25&pages%5B1%5D=domains <nil>
}

func ExampleParseJSON() {
	a, _ := phpform.ParseJSON([]byte(`{"labels": true, "quota": 1.50, "pages": [null, "domains"], "websites": []}`), phpform.DefaultLimits())
	fmt.Println(phpform.BuildQuery(a, phpform.RFC1738), a.Len())
	_, err := phpform.ParseJSON([]byte(`{"password": "secret`), phpform.DefaultLimits())
	fmt.Println(err)
	// Output:
	// labels=1&quota=1.50&pages%5B1%5D=domains 4
	// invalid JSON body: unclosed string at byte 20
}
