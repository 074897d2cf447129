module panelgate/ha

go 1.26.0

require (
	github.com/alecthomas/kong v1.17.0
	github.com/anishathalye/porcupine v1.3.1
	panelgate v0.0.0-00010101000000-000000000000
)

require github.com/google/go-querystring v1.2.0 // indirect

replace panelgate => ..
