<?php
// Shows what PHP took from a posted form, for `php -S`.
echo base64_encode(serialize($_POST));
