// Package phpform reads and writes forms by PHP's rules: what http_build_query sends, $_POST receives.
//
// PHP clients put nested arrays into bracketed names, permissions[domain][0]=domains, and a PHP server makes
// arrays of them again. [Parse], [ParseMultipart] and [ParseJSON] build that [Array], an ordered tree whose
// keys are integers or strings; [Decode] fills a struct from it; [BuildQuery] writes it out as
// http_build_query does.
//
// The parser follows php_register_variable_ex in php-src main/php_variables.c to the byte (PHP 8.2): names
// are cut at a NUL, spaces and dots become underscores, a broken bracket is repaired or ignored, the last
// value wins, and integer-like keys are integers. The tests hold it against a real PHP.
//
// It differs from PHP in three ways, on purpose. PHP drops what exceeds max_input_vars and
// max_input_nesting_level with no more than a warning; a permission list cut in that way grants what nobody
// chose, so here the whole form is refused with a [LimitError]. For the same reason a multipart body that is
// malformed or cut off is refused with a [SyntaxError]. And files are never accepted: a multipart part with
// a file name is refused with a [FileError].
package phpform
