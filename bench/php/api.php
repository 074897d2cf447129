<?php
// What a small panel would write for user/listsubusers: token, account, rows, JSON. No framework, no validation beyond
// what the query needs. The connection to the database is kept from request to request.

header('Content-Type: application/json');

function fail(string $text): never
{
    http_response_code(403);
    exit(json_encode(['result' => 'error', 'message' => [$text]]));
}

$db = new PDO('sqlite:' . $_SERVER['PANEL_DATABASE'], null, null, [
    PDO::ATTR_PERSISTENT => true,
    PDO::ATTR_ERRMODE => PDO::ERRMODE_EXCEPTION,
]);

$known = $db->prepare("SELECT kind FROM tokens WHERE hash = ? AND revoked_at IS NULL");
$known->bindValue(1, hash('sha256', $_POST['token'] ?? '', true), PDO::PARAM_LOB);
$known->execute();
if ($known->fetchColumn() !== 'admin') {
    fail('invalid token');
}
if (($_POST['action'] ?? '') !== 'user/listsubusers') {
    fail('unknown action');
}

$account = $db->prepare("SELECT id FROM logins WHERE key = ? AND kind = 'account'");
$account->execute([strtolower($_POST['accountuser'] ?? '')]);
$id = $account->fetchColumn();
if ($id === false) {
    fail('unknown account');
}

$subusers = $db->prepare('SELECT l.name, s.permissions FROM subusers s JOIN logins l ON l.id = s.id WHERE s.account_id = ? ORDER BY s.id');
$subusers->execute([$id]);
$rows = [];
foreach ($subusers as [$name, $permissions]) {
    $rows[] = ['user' => $name, 'permissions' => json_decode($permissions), 'currentuser' => false, 'twofactor' => false];
}
echo json_encode(['result' => 'success', 'data' => $rows]);
