<?php
// Answers what PHP makes of each line of input: base64 in, base64 out. The argument names the question.
// The settings that matter are given on the command line by php_test.go.

function parse(string $query): string
{
    error_clear_last();
    parse_str($query, $result);
    $warning = error_get_last()['message'] ?? '';
    return str_contains($warning, 'nesting level') ? 'too deep' : serialize($result);
}

function build(string $serialized): string
{
    $data = unserialize($serialized);
    return http_build_query($data, '', '&', PHP_QUERY_RFC1738) . "\n"
        . http_build_query($data, '', '&', PHP_QUERY_RFC3986);
}

function json(string $serialized): string
{
    return json_encode(unserialize($serialized)) ?: 'invalid';
}

function flatten(string $json): string
{
    parse_str(http_build_query(json_decode($json, true)), $result);
    return serialize($result);
}

$question = $argv[1];
while (($line = fgets(STDIN)) !== false) {
    echo base64_encode($question(base64_decode($line))), "\n";
}
