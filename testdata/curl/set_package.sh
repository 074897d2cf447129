curl -X POST https://{SERVER_IP}/users \
    -H 'X-API-KEY: {the key= or key2= value from /usr/local/installatron/etc/settings.ini}' \
    -H 'Accept: application/json' \
    -H 'Content-Type: application/json' \
    -d '
        {
            "id": "useraccountname",
            "type": "reseller"
        }
       '
