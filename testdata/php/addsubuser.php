<?php
$endpointUrl = 'https://123.123.123.123/spanel/api.php';

$postData = [
  'token' => 'provided_auth_token', // Check API Basics for more information
  'accountuser' => 'spanelio',
  'action' => 'user/addsubuser',
  'username' => 'spanelio_testuser',
  'password' => 'KExk80Ml5aG6M',
  //'permissions' => 'all' //Set all permissions
  'permissions' => [
                       'email' => 'all', //access every email page
                       'domain' => [ 'domains', 'redirects' ] //access only the 'domains' and 'redirect' pages
                   ]
];

$ch = curl_init();
curl_setopt( $ch, CURLOPT_URL, $endpointUrl);
curl_setopt( $ch, CURLOPT_RETURNTRANSFER, 1);
curl_setopt( $ch, CURLOPT_POST, true);
curl_setopt( $ch, CURLOPT_POSTFIELDS, http_build_query($postData));
curl_setopt( $ch, CURLOPT_SSL_VERIFYPEER, false);
curl_setopt( $ch, CURLOPT_SSL_VERIFYHOST, false);
$jsonOutput = curl_exec( $ch );
echo $jsonOutput;
