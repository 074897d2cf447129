curl -X POST https://{SERVER_IP}/users \
    -H 'X-API-KEY: {the key= or key2= value from /usr/local/installatron/etc/settings.ini}' \
    -H 'Accept: application/json' \
    -H 'Content-Type: application/json' \
    -d '
        {
            "id": "useraccountname",
            "websites": [
                {
                    "path": "sftp://exampleftpuser:exampleftppassword@website.com",
                    "label": "website.com",
                    "server": "website.com",
                    "reseller": "root",
                    "vhosts": {
                        "http://website.com": "httpdocs",
                        "http://www.website.com": "httpdocs"
                    }
                },
                {
                    "path": "sftp://exampleftpuser:exampleftppassword@website.com/subdomain",
                    "label": "subdomain.website.com",
                    "email": "user@mail.com",
                    "vhosts": {
                        "http://subdomain.website.com": "httpdocs/subdomain",
                        "https://subdomain.website.com": "httpdocs/subdomain"
                    }
                }
            ]
        }
       '
