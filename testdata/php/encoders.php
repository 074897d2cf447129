<?php
// Creates subusers in every way in which PHP clients encode a call, and prints the answers as one
// JSON object by the name of the way. Arguments: address, token, account, password.

[, $url, $token, $account, $password] = $argv;

function send(string $url, array|string $body, array $headers = []): mixed
{
    $ch = curl_init($url);
    curl_setopt($ch, CURLOPT_RETURNTRANSFER, true);
    curl_setopt($ch, CURLOPT_POST, true);
    curl_setopt($ch, CURLOPT_POSTFIELDS, $body);
    curl_setopt($ch, CURLOPT_HTTPHEADER, $headers);
    return json_decode(curl_exec($ch)) ?? curl_error($ch);
}

function subuser(string $name): array
{
    global $token, $account, $password;
    return [
        'token' => $token, 'accountuser' => $account, 'action' => 'user/addsubuser', 'username' => $name,
        'password' => $password, 'permissions' => ['email' => 'all', 'domain' => ['domains', 'redirects']],
    ];
}

$flat = ['permissions' => 'all'];
$bracketed = subuser('multipart_brackets');
unset($bracketed['permissions']);
$bracketed += ['permissions[email]' => 'all', 'permissions[domain][0]' => 'domains', 'permissions[domain][1]' => 'redirects'];

echo json_encode([
    'rfc1738' => send($url, http_build_query(subuser('rfc1738'))),
    'rfc3986' => send($url, http_build_query(subuser('rfc3986'), '', '&', PHP_QUERY_RFC3986)),
    'multipart' => send($url, $flat + subuser('multipart')),
    'multipart_brackets' => send($url, $bracketed),
    // PHP warns and sends the text Array.
    'multipart_nested' => send($url, @array_map(fn($v) => is_array($v) ? (string) $v : $v, subuser('multipart_nested'))),
    'curl_nested' => @send($url, subuser('curl_nested')),
    'json' => send($url, json_encode(subuser('json')), ['Content-Type: application/json']),
    'json_form' => send($url, json_encode(subuser('json_form')), ['Content-Type:']),
]);
