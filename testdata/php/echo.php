<?php
// Sends generated queries to toolbox/echo over one connection and compares each answer with what
// json_encode makes of the same query here. Arguments: address, token, seed, number of queries.

[, $url, $token, $seed, $count] = $argv;
mt_srand((int) $seed);

// No name that a call or a secret field has: token, action, accountuser, dryrun, password, pass, path.
const BASES = ['a', 'b', 'permissions', 'email', 'a.b', 'a b', 'x-y', '0', '7', '-3', '01', 'é', '日本', 'a"', "a'", 'A', '_', 'a]', 'a\\'];
const KEYS = ['', '', '', '0', '1', '2', '5', '-5', '01', '+1', '1.5', 'domain', 'email', 'b.c', 'b c', ' ', 'é', '😀', '/', '"', '<', '9223372036854775807', '9223372036854775808', 'http://a.b', '[', '%'];
const VALUES = ['', '1', '0', 'all', 'domains', ' ', 'a+b', 'p@ss+w#rd!', '100%', '&=', 'é', '日本', '😀', '<b>', '"', '\\', '/', "\n\r\t", "\x01\x7f", "\u{2028}", 'Array', '1.0', '1e3', 'null', 'true', '[]', '{}'];

function pick(array $from): string
{
    return $from[mt_rand(0, count($from) - 1)];
}

function name(): string
{
    $name = urlencode(pick(BASES));
    for ($depth = mt_rand(0, 4); $depth > 0; $depth--) {
        $key = '[' . rawurlencode(pick(KEYS)) . ']';
        $name .= mt_rand(0, 1) ? $key : strtr($key, ['[' => '%5B', ']' => '%5D']);
    }
    return mt_rand(0, 30) ? $name : $name . '[';
}

function tree(int $depth): array
{
    $tree = [];
    for ($n = mt_rand(1, 4); $n > 0; $n--) {
        $value = $depth > 0 && mt_rand(0, 2) ? tree($depth - 1) : pick(VALUES);
        $key = pick(KEYS);
        if ($key === '' && !isset($tree[PHP_INT_MAX])) {
            $tree[] = $value;
        } else {
            $tree[$depth === 3 ? "x$key" : $key] = $value;
        }
    }
    return $tree;
}

// Half the queries are what http_build_query makes of a nested array, half are written by hand.
function query(): string
{
    if (mt_rand(0, 1)) {
        return http_build_query(tree(3), '', '&', mt_rand(0, 1) ? PHP_QUERY_RFC1738 : PHP_QUERY_RFC3986);
    }
    $pairs = [];
    for ($n = mt_rand(0, 12); $n > 0; $n--) {
        $pairs[] = name() . (mt_rand(0, 9) ? '=' . (mt_rand(0, 1) ? urlencode(pick(VALUES)) : rawurlencode(pick(VALUES))) : '');
    }
    return implode('&', $pairs);
}

$ch = curl_init($url);
curl_setopt($ch, CURLOPT_RETURNTRANSFER, true);
$fields = $connects = 0;
for ($i = 0; $i < $count; $i++) {
    $query = 'action=toolbox/echo&' . query();
    parse_str($query, $post);
    $fields += count($post, COUNT_RECURSIVE);
    $want = '{"result":"success","data":' . json_encode($post) . '}';
    curl_setopt($ch, CURLOPT_POSTFIELDS, $query . '&token=' . urlencode($token));
    $got = curl_exec($ch);
    $connects += curl_getinfo($ch, CURLINFO_NUM_CONNECTS);
    if ($got !== $want) {
        echo "query $i of seed $seed: $query\n want $want\n  got ", $got === false ? curl_error($ch) : $got, "\n";
        exit(1);
    }
}
echo "$count queries with $fields fields over $connects connection";
