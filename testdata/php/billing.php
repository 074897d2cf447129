<?php
// A billing module of the kind that hosters run against api.php, through the life of one account:
// first as a WHMCS server module does it, then the look-ups of a provisioning library. What it
// takes for success, and how it reads errors, is as those clients do it, quirks included. Prints a
// line for each step and ends with "done". Arguments: the server's address, an admin token.

[, $server, $token] = $argv;

final class Panel
{
    public function __construct(private string $url, private string $token) {}

    /** The decoded answer, whatever it says. Anything but JSON is an exception. */
    public function send(string $action, array $fields): array
    {
        $ch = curl_init($this->url);
        curl_setopt_array($ch, [
            CURLOPT_POST => true,
            CURLOPT_POSTFIELDS => http_build_query(['action' => $action, 'token' => $this->token] + $fields),
            CURLOPT_RETURNTRANSFER => true,
            CURLOPT_HTTPHEADER => ['spanelserverversion: 20250305'],
            CURLOPT_HTTP_VERSION => CURL_HTTP_VERSION_1_1,
            CURLOPT_SSL_VERIFYPEER => false,
            CURLOPT_SSL_VERIFYHOST => false,
            CURLOPT_FOLLOWLOCATION => false,
            CURLOPT_CONNECTTIMEOUT => 10,
            CURLOPT_TIMEOUT => 120,
        ]);
        $body = curl_exec($ch);
        if ($body === false) {
            throw new RuntimeException(curl_error($ch));
        }
        return json_decode($body, true) ?? throw new RuntimeException('Unable to decode API response');
    }

    /** As send, but an error is an exception with the texts of message, which must be a list. */
    public function call(string $action, array $fields = []): array
    {
        $answer = $this->send($action, $fields);
        if (($answer['result'] ?? null) == 'error') {
            throw new RuntimeException(implode(', ', $answer['message']));
        }
        return $answer;
    }

    /** The account as the provisioning library finds it: the row whose user is exactly the name. */
    public function find(string $username): ?array
    {
        foreach ($this->call('accounts/listaccounts', ['accountuser' => $username])['data'] as $row) {
            if ($row['user'] === $username) {
                return $row;
            }
        }
        return null;
    }
}

function step(string $name, mixed $got, mixed $want): void
{
    if ($got !== $want) {
        fwrite(STDERR, "$name: got " . var_export($got, true) . ', want ' . var_export($want, true) . "\n");
        exit(1);
    }
    echo "$name\n";
}

function refusal(callable $call): ?string
{
    try {
        $call();
    } catch (RuntimeException $e) {
        return $e->getMessage();
    }
    return null;
}

$panel = new Panel($server, $token);
$account = ['username' => 'billed01'];

step('test connection', $panel->call('toolbox/apicheck')['result'], 'success');
$stranger = new Panel($server, 'not-a-token');
step('a wrong token is told', $stranger->send('toolbox/apicheck', [])['result'], 'error');

foreach (['Starter' => 1024, 'Business' => null] as $package => $quota) {
    $panel->call('accounts/createpackage', ['package' => $package, 'quota' => $quota, 'permissions' => 'all']);
}
$packages = array_column($panel->call('accounts/listpackages')['data'], 'packagename');
step('list packages', $packages, ['Business', 'Starter']);

$order = $account + ['domain' => 'billed01.com', 'password' => 'Pass#1&2+3%4', 'package' => 'Starter'];
$panel->call('accounts/wwwacct', $order);
step('create', $panel->find('billed01')['package'], 'Starter');
$again = ['domain' => 'another.com'] + $order;
step('create again', str_contains(refusal(fn() => $panel->call('accounts/wwwacct', $again)), 'already exists'), true);
step('unknown package', str_contains(refusal(fn() => $panel->call('accounts/wwwacct',
    ['username' => 'other', 'package' => 'Starer'] + $again)), 'Starter'), true);

$panel->call('accounts/suspendaccount', $account + ['reason' => 'Overdue & unpaid']);
$row = $panel->find('billed01');
step('suspend', $row['suspended'] !== '0', true);
step('suspend reason', $row['suspendreason'], 'Overdue & unpaid');
$panel->call('accounts/unsuspendaccount', $account);
step('unsuspend', $panel->find('billed01')['suspended'] !== '0', false);
$panel->call('accounts/suspendaccount', $account + ['reason' => null]); // http_build_query drops it
$panel->call('accounts/unsuspendaccount', $account);

$panel->call('accounts/changequota', $account + ['packages' => 'Business']);
step('change package', $panel->find('billed01')['package'], 'Business');
$panel->call('accounts/changequota', $account + ['package' => 'Starter']);
step('change package, the documented field', $panel->find('billed01')['disklimit'], '1024');
$panel->call('accounts/changequota', $account + ['packages' => 'Business']);
$panel->call('accounts/changeuserpassword', $account + ['password' => 'N3w "pass" \'word\' é']);
step('change password', true, true);

$usage = $panel->call('accounts/listaccounts', ['accountuser' => 'billed01'])['data'][0];
step('usage: user', $usage['user'], 'billed01');
foreach (['disk', 'disklimit', 'inodes', 'inodeslimit', 'numaddons', 'domainslimit', 'numsubdomains', 'numdatabases',
    'databaseslimit', 'numemails', 'emailslimit', 'numftpaccts'] as $field) {
    step("usage: $field is a string", is_string($usage[$field]), true);
}
step('usage: unlimited', strtolower($usage['disklimit']) == 'unlimited', true);
step('usage: unlimited, as spelt', $usage['inodeslimit'], 'Unlimited');
step('nobody by that name', $panel->find('nobody'), null);

$panel->call('admin/createadminuser', ['username' => 'admin@website.com', 'password' => 'Pass#1&2+3%4', 'permissions' => 'all']);
$admin = $panel->call('admin/listadminusers')['data'][0]['user'];
foreach ([[$account['username'], 'user', 'email/accounts'], [$admin, 'admin', 'server/information']] as [$name, $role, $page]) {
    $sso = $panel->call('base/sso', ['username' => $name, 'role' => $role, 'ip' => false, 'redirect' => $page]);
    step("sign-on as $role", $sso['result'] == 'success' && str_contains($sso['data']['url'], '/sso/'), true);
}
step('sign-on to a page that is none', refusal(fn() => $panel->call('base/sso',
    ['username' => 'billed01', 'role' => 'user', 'redirect' => 'email/nothing'])), 'Unknown page or category');
$panel->call('base/sso', ['username' => 'billed01', 'role' => 'user']);

$panel->call('accounts/terminateaccount', $account);
step('terminate', $panel->find('billed01'), null);
step('terminate again', is_string(refusal(fn() => $panel->call('accounts/terminateaccount', $account))), true);
echo "done\n";
