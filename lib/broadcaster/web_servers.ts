/**
 * What to write into a web server's configuration so that it is a good origin:
 * the type of playlists, and leave for pages of other addresses to read, ranges
 * included. Pure.
 *
 * @module
 */

import { MEDIA_ENDINGS } from "./media_types.ts";

/** What playlists are served as. */
export const PLAYLIST_TYPE = "application/x-alluvium";

/** Servers whose words are known. */
export const WEB_SERVERS = ["nginx", "apache", "caddy", "lighttpd"] as const;

/** One of them. */
export type WebServer = typeof WEB_SERVERS[number];

/** Headers that a page of another address may read. */
const EXPOSED = "Accept-Ranges, Content-Length, Content-Range, Date, ETag";

/** Files that belong to a station beside its playlist, as a regular expression. */
const FILES = `\\.(${[...MEDIA_ENDINGS, "tree"].join("|")})$`;

const LINES: Readonly<Record<WebServer, string>> = {
  nginx: `# In the server { } block. Ranges are on by themselves.
location ~* \\.rss$ {
    types { }
    default_type ${PLAYLIST_TYPE};
    add_header Cache-Control "no-cache" always;
    add_header Access-Control-Allow-Origin "*" always;
    add_header Access-Control-Expose-Headers "${EXPOSED}" always;
}
location ~* ${FILES} {
    max_ranges 1;
    add_header Access-Control-Allow-Origin "*" always;
    add_header Access-Control-Expose-Headers "${EXPOSED}" always;
}`,
  apache:
    `# In the <VirtualHost>, or in .htaccess of the folder; needs mod_mime and
# mod_headers (a2enmod headers). Ranges are on by themselves.
AddType ${PLAYLIST_TYPE} .rss
AddType application/octet-stream .tree
<IfModule mod_headers.c>
    Header always set Access-Control-Allow-Origin "*"
    Header always set Access-Control-Expose-Headers "${EXPOSED}"
    <FilesMatch "(?i)\\.rss$">
        Header always set Cache-Control "no-cache"
    </FilesMatch>
</IfModule>`,
  caddy:
    `# In the site's block, beside file_server. Ranges are on by themselves.
@playlist path *.rss
header @playlist Content-Type ${PLAYLIST_TYPE}
header @playlist Cache-Control no-cache
header Access-Control-Allow-Origin *
header Access-Control-Expose-Headers "${EXPOSED}"`,
  lighttpd: `# At the end of lighttpd.conf. Ranges are on by themselves.
server.modules += ( "mod_setenv" )
$HTTP["url"] =~ "(?i)\\.rss$" {
    mimetype.assign = ( ".rss" => "${PLAYLIST_TYPE}" )
    setenv.set-response-header = (
        "Cache-Control" => "no-cache",
        "Access-Control-Allow-Origin" => "*",
        "Access-Control-Expose-Headers" => "${EXPOSED}"
    )
}
else $HTTP["url"] =~ "(?i)${FILES}" {
    setenv.set-response-header = (
        "Access-Control-Allow-Origin" => "*",
        "Access-Control-Expose-Headers" => "${EXPOSED}"
    )
}`,
};

/** Lines for a server's configuration, without a line feed at the end. */
export function serverLines(server: WebServer): string {
  return LINES[server];
}
