/**
 * Every limit of the program, with the reason for its number. Code that reads
 * input, queues, caches or retries takes its maximum from here; a test per limit
 * exceeds it. Grouped by the module that enforces it, in the order of the data.
 *
 * @module
 */

// ---- playlist -------------------------------------------------------------

/** Bytes of a playlist. A year of three-minute items is 175,000 items of about 600 bytes. */
export const PLAYLIST_BYTES_MAX = 128 * 1024 * 1024;

/** Items of a playlist: a year of items of under two minutes is 262,800. */
export const PLAYLIST_ITEMS_MAX = 300_000;

/** Bytes of one tag, text or comment: a page of show notes is 4 KiB, an embedded picture none of ours. */
export const PLAYLIST_TOKEN_BYTES_MAX = 1024 * 1024;

/** Nesting of elements: RSS 1.0 has 5 levels, XHTML in a description some more. */
export const PLAYLIST_DEPTH_MAX = 64;

/** Attributes of one element: feeds declare up to 30 namespaces on their root. */
export const PLAYLIST_ATTRIBUTES_MAX = 64;

/** Characters kept of one element's text; the longest we use is a description. */
export const PLAYLIST_TEXT_CHARACTERS_MAX = 16 * 1024;

/** Characters of a title or a creator: an ICY metadata block carries 4,080 bytes, up to 4 a character. */
export const PLAYLIST_TITLE_CHARACTERS_MAX = 1000;

/** Characters of a URL: RFC 9110 section 4.1 asks for 8,000 octets to be supported. */
export const PLAYLIST_URL_CHARACTERS_MAX = 8192;

/** Problems kept of one playlist: more than anyone reads, and 300,000 bad items stay small. */
export const PLAYLIST_PROBLEMS_MAX = 1000;

/** Gateways of one playlist: the first that answers is used. */
export const PLAYLIST_GATEWAYS_MAX = 8;

/** Milliseconds of one item: a month; longer ones are seconds or days in the wrong unit. */
export const ITEM_DURATION_MS_MAX = 31 * 24 * 3_600_000;

/** Redirects followed for a playlist; browsers stop at 20, nobody needs more than 2 or 3. */
export const PLAYLIST_REDIRECTS_MAX = 5;

/** Milliseconds without a byte of a playlist's answer after which it has failed. */
export const PLAYLIST_IDLE_MS_MAX = 15_000;

/** Milliseconds a whole playlist may take: 128 MiB at 8 Mbit/s. */
export const PLAYLIST_LOAD_MS_MAX = 135_000;

/** Milliseconds between two readings of a playlist, at least (design, section 4). */
export const PLAYLIST_REFRESH_MS_MIN = 5000;

/** Milliseconds between two readings of a playlist, at most (design, section 4). */
export const PLAYLIST_REFRESH_MS_MAX = 15 * 60_000;

// ---- schedule -------------------------------------------------------------

/** Clock samples remembered: odd, so that the middle is one of them; four bad ones do no harm. */
export const CLOCK_SAMPLES_MAX = 9;

/** Milliseconds of round trip past which an answer tells nothing about the time: it errs by half of that. */
export const CLOCK_ROUND_TRIP_MS_MAX = 10_000;

/** Milliseconds between what two looks at the clock and at the monotonic one say, past which the clock was set: a leap second is less, a slew of 500 ppm for an hour 1.8 s. */
export const CLOCK_STEP_MS = 2_000;

// ---- hashtree -------------------------------------------------------------

/** Bytes of one media file: 2^26 leaves, whose leaf layer is 2 GiB. */
export const CONTENT_BYTES_MAX = 2 ** 40;

// ---- swarm ----------------------------------------------------------------

/** Bytes of one frame between peers: 256 KiB of leaves, and room for a have message. */
export const PEER_FRAME_BYTES_MAX = 320 * 1024;

/** Peers remembered for dialling; eighty times what is ever dialled. */
export const MEMBERS_MAX = 1000;

/** Peers added, and peers dropped, in one message: BEP 11's figure. */
export const PEERS_TOLD_MAX = 50;

/** Messages about peers that one link may bring at once, before it is held to one a minute: BEP 11's rate, and a start that is quick. */
export const PEERS_MESSAGES_BURST = 4;

/**
 * Members on the roll of a station: enough that what they fetch for all is little
 * for each (an eighth of a video of 3 Mbit/s at 64), few enough that all know
 * them for a kilobyte.
 */
export const ROLL_MAX = 64;

/** Entries of a roll that one link may bring at once, and a second: a thousand who come within 10 s change it 240 times. */
export const ROLL_ENTRIES_BURST = 256;
export const ROLL_ENTRIES_PER_SECOND = 4;

/** Peers of one IPv4 /24 or IPv6 /48 remembered on the word of other peers: who owns a network must not own the view. */
export const HEARD_PER_NETWORK_MAX = 8;

/** Links of one IPv4 /24 or IPv6 /48 that keep their places when all are taken, places they take of others within 20 s, and guests at a time: who owns a network must not own all places. */
export const PLACES_PER_NETWORK_MAX = 8;

/** Addresses remembered that did not answer when a peer had told of them. */
export const SILENT_ADDRESSES_MAX = 1000;

/** Peers remembered that were banned, by id and by address: the oldest is forgotten first. */
export const BANNED_MAX = 1000;

/** Leaves in one request: 1 MiB, the largest chunk of section 5 of the design. */
export const REQUEST_LEAVES_MAX = 64;

/** Leaves in one data frame: 64 KiB, so that an urgent request waits for no more than that. */
export const DATA_LEAVES_MAX = 4;

/** The same to a peer on the local network: 256 KiB, 20 ms of 100 Mbit/s, and half the work of 64 KiB for both sides. */
export const LAN_DATA_LEAVES_MAX = 16;

/** Ranges in one have message: 4,096 alternating leaves, after which another message follows. */
export const HAVE_RANGES_MAX = 4096;

/** Channels one side of a link may have open: two names (provisional, then root) of `CONTENTS_MAX` contents. */
export const CHANNELS_MAX = 128;

/**
 * Links up to which a listener dials. As many dial it, so it ends with 15 to 24
 * (facts, swarm 8); with twice as many announcements and thinking cost twice as
 * much and simulated crowds start no sooner.
 */
export const LINKS_DIALLED_MAX = 12;

/**
 * The same for who does not get enough, or wants a whole file as fast as it
 * comes: with twelve links, to peers that have up to forty, one gets a third of
 * what another does (`docs/decisions/links.md`).
 */
export const LINKS_DIALLED_SHORT_MAX = 24;

/** Links in all, the rest being those that nobody else can carry. */
export const LINKS_MAX = 120;

/** Links dialled for all stations together; twelve for each of five, fewer for each of more. */
export const LINKS_DIALLED_IN_ALL = 60;

/** The last places for those who dial us are for guests, who are told of others and go: at three round trips each, a hundred a second. */
export const GUESTS_MAX = 40;

/** Requests one link may have waiting here: 4 MiB of 64 KiB chunks; more are refused. */
export const UPLOAD_QUEUE_MAX = 64;

/** Chunks looked at in one pass over a content, so that a pass costs the same for any file. */
export const CHUNKS_SEEN_MAX = 256;

/** Requests we have waiting at one link. */
export const REQUESTS_PER_LINK_MAX = 64;

/** Connections a listener opens to one origin at a time (browsers take six; web seeds four). */
export const ORIGIN_CONNECTIONS_MAX = 2;

/** Contents one engine holds open: items now and next of `STATIONS_MAX` stations, and the `CONTENTS_SHARED_MAX` that others still fetch. */
export const CONTENTS_MAX = 64;

// ---- peer -----------------------------------------------------------------

/** A transfer in which nothing comes for this long is given up: curl's and libtorrent's piece timeouts are 20 to 30 s, but here a player waits. */
export const FETCH_STALL_MS = 8_000;

/** Milliseconds a port may take to say whose it is. */
export const DIAL_BACK_MS_MAX = 2_000;

/** Milliseconds a gateway may take to dial back whoever shows itself by its other address: a handshake with it, then `DIAL_BACK_MS_MAX`. */
export const SHOWING_MS_MAX = 5_000;

/** Milliseconds a port of the router is asked for at a time: an hour, as libtorrent does. */
export const PORT_MAP_TTL_MS = 3_600_000;

/** Hosts asked at a time whether they are a router: two for each of this machine's networks, containers' included. */
export const ROUTERS_ASKED_MAX = 16;

/** Milliseconds a router is looked for and asked: SSDP's answers come within 5 s. */
export const PORT_MAP_MS_MAX = 15_000;

/** Milliseconds one router may take to answer: four tries of NAT-PMP (RFC 6886, 3.1), and the next is asked. */
export const PORT_MAP_ASK_MS_MAX = 4_000;

/** Milliseconds a router may take to take its port back while the program ends. */
export const PORT_MAP_CLOSE_MS_MAX = 2_000;

/** Stations told on the local network: those of the largest relay. Others are heard all the same. */
export const LAN_TAGS_MAX = 32;

/** Interfaces on which others are looked for by IPv6: machines of many containers have a virtual one for each. */
export const LAN_INTERFACES_MAX = 16;

/** A peer that does not finish the WebSocket handshake within this is not there. */
export const DIAL_TIMEOUT_MS = 5_000;

/** Bytes that may wait in one link's socket before the next upload piece is read: 1 MiB, 80 ms of 100 Mbit/s. */
export const LINK_BUFFER_BYTES_MAX = 1024 * 1024;

/** Messages that may wait in one link's socket, and their bytes: who reads nothing for that long is gone. */
export const LINK_WAITING_FRAMES_MAX = 4096;
export const LINK_WAITING_BYTES_MAX: number = 4 * LINK_BUFFER_BYTES_MAX;

/** Frames of one link that bring no whole leaf and are acted on, at once and a second: who downloads 500 MB/s in chunks of 64 KiB asks 8,000 times a second. */
export const FRAMES_BURST = 1_000;
export const FRAMES_PER_SECOND = 10_000;

/** Leaves that one link may announce again, or take back by closing, at once and a second: four films of 4 GB, and one more every two or three seconds. Looking through a million takes 4 ms. */
export const WASTED_LEAVES_BURST = 1_000_000;
export const WASTED_LEAVES_PER_SECOND = 100_000;

/** Bytes of downloads that may wait to be hashed and written before nothing more is taken in: what a disk of 80 MB/s writes in 100 ms. */
export const UNWRITTEN_BYTES_MAX = 8 * 1024 * 1024;

/** Newcomers that one who has everything waits for; more than a gateway names at a time. */
export const NEWCOMERS_MAX = 64;

/** Bytes of a buffer that a fast link reads into: what loopback gives at a time, four frames of 256 KiB, and what is said between them. */
export const LINK_READ_BYTES = 1024 * 1024 + 4 * 1024;

/** Bytes of buffers kept to read into again: what may wait for the disk, and as much that is being read. */
export const READ_BUFFERS_BYTES_MAX: number = 2 * UNWRITTEN_BYTES_MAX;

/** Bytes of buffers kept to send pieces from again: the eight pieces of one peer on the local network, twice. */
export const PIECE_BUFFERS_BYTES_MAX = 4 * 1024 * 1024;

/** Contents kept open for others after they were played; the oldest leaves first. */
export const CONTENTS_SHARED_MAX = 16;

/** Bytes of a message from a gateway: a whole leaf layer of 16 MiB of media is 44 KiB of base64; peers and leases fit beside it. */
export const GATEWAY_MESSAGE_BYTES_MAX = 1024 * 1024;

/** Bytes of a leaf layer fetched whole: 1 MiB, 512 MiB of media; longer ones are asked for by runs. */
export const TREE_BYTES_MAX = 1024 * 1024;

/** Messages of gateways kept for contents that are just being opened: hashes of 1 GiB in runs of 16 MiB, and as much again. */
export const EARLY_MESSAGES_MAX = 128;

/** Programs of one user that may share a cache folder, each in a part of its own. */
export const CACHE_FOLDERS_MAX = 16;

/** How long a gateway may take to answer a join before the listener goes on without it. */
export const JOIN_TIMEOUT_MS = 2_500;

// ---- gateway --------------------------------------------------------------

/** Characters of a media URL a client may name: as in a playlist. */
export const GATEWAY_URL_CHARACTERS_MAX = 8192;

/** Bytes of one frame from a client: a join with the longest URL, in JSON, and room to grow. */
export const GATEWAY_FRAME_BYTES_MAX = 16 * 1024;

/** Clients on the swarm socket: what one process holds below its 20,000 open files. */
export const GATEWAY_SESSIONS_MAX = 15_000;

/** Clients of one address: a large office behind one, and what the front takes of one. */
export const GATEWAY_SESSIONS_PER_ADDRESS_MAX = 128;

/** Clients of one network (IPv4 /24, IPv6 /48): a tenth of all, so that nobody fills the gateway alone. */
export const GATEWAY_SESSIONS_PER_NETWORK_MAX = 1_500;

/** Look-ups at origins a minute from one network in the long run: one programme of very short items. */
export const GATEWAY_LOOK_UPS_PER_MINUTE = 60;

/** Look-ups at once: two clients that join all they may. */
export const GATEWAY_LOOK_UPS_BURST = 128;

/** Networks whose look-ups are remembered: 1 MB. */
export const GATEWAY_NETWORKS_MAX = 10_000;

/** Contents one client may be in at a time: what an engine holds open. */
export const GATEWAY_CONTENTS_PER_SESSION_MAX = 64;

/** Messages a second from one client in the long run, past which it is not listened to for a while: 128 MB/s in leases of 16 chunks of 16 KiB, and their reports. */
export const GATEWAY_MESSAGES_PER_SECOND = 1000;

/** Messages at once: that of one second. All clients of one address share both. */
export const GATEWAY_MESSAGES_BURST = 1000;

/** Messages a second, and at once, of all clients of one network: 1,500 listeners say two or three each. */
export const GATEWAY_MESSAGES_PER_NETWORK = 4000;

/** Milliseconds until a client must have said hello: what the front gives a request's head. */
export const GATEWAY_HELLO_MS_MAX = 15_000;

/** Bytes waiting for one client before it is dropped as too slow: the hashes of 1.5 GiB of media. */
export const GATEWAY_QUEUE_BYTES_MAX = 4 * 1024 * 1024;

/** Bytes waiting for one client before leaf hashes pause for it. */
export const GATEWAY_QUEUE_PAUSE_BYTES = 512 * 1024;

/** Milliseconds without any sign of life after which a client is gone; it is pinged every third of that. */
export const GATEWAY_SILENCE_MS_MAX = 60_000;

/** Peers told in one answer: with 15 to 24 links a listener needs no more (facts, swarm 8). */
export const GATEWAY_PEERS_PER_ANSWER = 24;

/** Peers one client knows of at a time for one content, changes included. */
export const GATEWAY_VIEW_PEERS_MAX = 50;

/** Peers of one IPv4 /24 or IPv6 /48 in one answer: who owns a network must not own the list. */
export const GATEWAY_PEERS_PER_SUBNET = 4;

/** Leaf hashes in one message: BEP 52's own maximum, 22 KiB of base64. */
export const GATEWAY_RUN_LEAVES_MAX = 512;

/** Runs answered to one request for hashes: 64 MiB of media; the client asks again. */
export const GATEWAY_RUNS_PER_REQUEST = 8;

/** Chunks one client may have under lease at a time: 4 MiB of 64 KiB chunks. */
export const LEASE_CHUNKS_MAX = 64;

/** Leaves of a chunk: 1 MiB, the largest of section 5 of the design. */
export const LEASE_CHUNK_LEAVES_MAX = 64;

/** Milliseconds a lease lasts at least: two round trips to the far side of the earth, and a fetch. */
export const LEASE_MS_MIN = 1_000;

/** Milliseconds a lease lasts at most: after this the player would have stalled. */
export const LEASE_MS_MAX = 10_000;

/** Chunks looked at for one lease: all of a 1 GiB file of 16 KiB chunks. */
export const LEASE_SCAN_CHUNKS_MAX = 65_536;

/** Redirects followed to a media file, each checked. */
export const GATEWAY_REDIRECTS_MAX = 3;

/** Milliseconds until an origin's answer begins, from connecting. */
export const GATEWAY_HEAD_MS_MAX = 10_000;

/** Milliseconds until an origin's name is found: two tries of the usual resolver, which waits for ever where a stranger's server says nothing. */
export const GATEWAY_NAME_MS_MAX = 10_000;

/** Milliseconds until the next address of an origin is tried, if there is one: IPv6 that leads nowhere must not cost a listener its patience. */
export const GATEWAY_CONNECT_MS_MAX = 1_000;

/** Addresses of an origin that are tried: a name may have thousands, and each would be knocked at for a stranger. */
export const GATEWAY_ADDRESSES_MAX = 4;

/** Milliseconds without a byte of a body after which an origin has failed. */
export const GATEWAY_IDLE_MS_MAX = 15_000;

/** Milliseconds one download may take: 8 GiB at 3 Mbit/s. */
export const GATEWAY_DOWNLOAD_MS_MAX = 6.4 * 3_600_000;

/** Bytes of a file the gateway hashes: a film of three hours at 6 Mbit/s. A larger one needs a `.tree` and its root in the playlist. */
export const GATEWAY_FILE_BYTES_MAX = 8 * 1024 ** 3;

/** Bytes of a `.tree` taken from an origin: of a file of 16 GiB. */
export const GATEWAY_SIDECAR_BYTES_MAX = 32 * 1024 * 1024;

/** Milliseconds until a `.tree` must have come: that of a film of 2 GiB at 1 Mbit/s. */
export const GATEWAY_SIDECAR_MS_MAX = 30_000;

/** `.tree` files fetched and proven at a time: 64 MiB each at worst, with what proves it. */
export const GATEWAY_SIDECARS_MAX = 4;

/** Look-ups under way at a time, each a request or two and a wait of seconds; more are refused with 503. */
export const GATEWAY_FLIGHTS_MAX = 1_024;

/** Files downloaded and hashed at a time. */
export const GATEWAY_JOBS_MAX = 4;

/** Files that wait for that; more are refused with 503. */
export const GATEWAY_JOBS_WAITING_MAX = 64;

/** Files that clients of one network may have in there, arriving or waiting: a quarter of all, so that nobody fills it alone. */
export const GATEWAY_JOBS_PER_NETWORK_MAX = 16;

/** Milliseconds between two looks at how fast a download is, while others wait. */
export const GATEWAY_JOB_LOOK_MS = 10_000;

/** Bytes a second below which a download makes way for those that wait and goes on beside them: eight times a station of 512 kbit/s. */
export const GATEWAY_JOB_SLOW_BYTES_PER_SECOND = 512 * 1024;

/** Downloads that go on beside the others: 16 MiB/s in all. */
export const GATEWAY_JOBS_SLOW_MAX = 32;

/** Bytes a second, in the mean, below which a download has failed: the slowest station, 64 kbit/s, could not be heard from there. */
export const GATEWAY_DOWNLOAD_BYTES_PER_SECOND_MIN = 8 * 1024;

/** Milliseconds until that mean counts. */
export const GATEWAY_DOWNLOAD_PATIENCE_MS = 60_000;

/** URLs remembered in the store: two years of a station with a new three-minute item each time. Older ones are forgotten. */
export const GATEWAY_RESOURCES_MAX = 350_000;

/** Bytes of the leaf layers in the store: those of 2 TiB of media, as many files as above. */
export const GATEWAY_STORE_LAYER_BYTES_MAX = 4 * 1024 ** 3;

/** Contents kept in memory; those nobody is in leave first. */
export const GATEWAY_CONTENTS_MAX = 1024;

/** Bytes of hash trees in memory: those of 128 GiB of media, sixteen films of 8 GiB. Past that, and with somebody in each, a new file is refused with 503. */
export const GATEWAY_TREES_BYTES_MAX = 512 * 1024 * 1024;

/** The same of files that clients of one network brought in and are in: the largest file of a `.tree` and some more, so that nobody fills it alone. */
export const GATEWAY_TREES_BYTES_PER_NETWORK_MAX = 80 * 1024 * 1024;

/** Failures remembered, so that a thousand clients ask a dead origin once. */
export const GATEWAY_FAILURES_MAX = 1024;

/** Milliseconds a failure is remembered. */
export const GATEWAY_FAILURE_MS = 5_000;

/** Milliseconds a URL counts as unchanged before its origin is asked again. */
export const GATEWAY_FRESH_MS = 60_000;

/** Milliseconds that a join waits for an origin to say whether it still has what is known: well within JOIN_TIMEOUT_MS. */
export const GATEWAY_RECHECK_MS = 1_000;

/** Dial-backs of a gateway at a time: a full gateway, all of whose clients cannot be reached, has tried them within a minute; the open files beside its 15,000 sockets are enough. */
export const GATEWAY_DIAL_BACKS_MAX = 512;

/** Public peers named as places of one content. */
export const GATEWAY_MIRRORS_MAX = 8;

/** Public peers asked at a time whether they hold what they say: each for one leaf. */
export const GATEWAY_MIRROR_CHECKS_MAX = 8;

/** Milliseconds until a public peer that gave no right answer is asked again. */
export const GATEWAY_MIRROR_RETRY_MS = 60_000;

/** Milliseconds until Redis is tried again, at most: back within the time listeners wait for a gateway. */
export const GATEWAY_REDIS_RETRY_MS_MAX = 2_000;

/** Writes that wait while Redis is away: three for each of 300 files, and their leaf layers in memory. */
export const GATEWAY_UNSAVED_MAX = 1_000;

/** Milliseconds a claim on a file outlives its gateway; it is renewed three times in that. */
export const GATEWAY_CLAIM_MS = 6_000;

/** Milliseconds between two times a gateway names all its peers to the others: three in a silence. */
export const GATEWAY_NEIGHBOUR_REFRESH_MS = 20_000;

/** Milliseconds after which a peer that its gateway does not name is gone: as with a silent client. */
export const GATEWAY_NEIGHBOUR_SILENCE_MS_MAX = 60_000;

/** Peers of other gateways held for one content: twenty views full, 200 KB. */
export const GATEWAY_NEIGHBOUR_PEERS_MAX = 1_000;

/** Milliseconds a request waits for bytes that are still arriving. */
export const GATEWAY_ARRIVING_MS_MAX = 10_000;

// ---- media ----------------------------------------------------------------

/** Bytes that are searched for the first sound of a file that begins with rubbish. */
export const MEDIA_SEARCH_BYTES_MAX = 1024 * 1024;

/**
 * Bytes without a single packet before a file is given up. The largest honest
 * case is a picture in an Ogg comment header, which is base64 of up to 10 MB.
 */
export const MEDIA_GARBAGE_BYTES_MAX = 16 * 1024 * 1024;

/**
 * Bytes read of a file for one answer of its index: to open it, or for the next
 * packet. The sample tables of a film of ten hours are about 10 MB.
 */
export const MEDIA_INDEX_BYTES_MAX = 64 * 1024 * 1024;

/** Looks at a file for one such answer: a damaged one can lead in circles. An honest index takes a few thousand. */
export const MEDIA_INDEX_READS_MAX = 200_000;

/** Bytes of pictures that wait for the sound they go with: eight seconds of 16 Mbit/s. */
export const FILM_AHEAD_BYTES_MAX = 16 * 1024 * 1024;

/** Milliseconds of one hole in a film's sound that are filled with silence: what lies farther apart is of another time. */
export const SOUND_GAP_MS_MAX = 60_000;

/** Milliseconds of all holes of a film: a film whose times jump about is not made longer without end. */
export const SOUND_GAPS_MS_MAX = 30 * 60_000;

/** Bytes of one picture or block of a film: a key picture of 100 Mbit/s at one a second. What claims more is damage. */
export const FILM_UNIT_BYTES_MAX = 8 * 1024 * 1024;

/** Bytes read of a film before its first picture is given up and it plays as sound: three seconds of 8 Mbit/s. */
export const FILM_LOOK_BYTES_MAX = 4 * 1024 * 1024;

/** Bytes of one FLAC frame: 65,535 samples of eight channels at 24 bits are 1.5 MB, what encoders make is under 100 KB. */
export const FLAC_FRAME_BYTES_MAX = 2 * 1024 * 1024;

/** Metadata blocks walked of one FLAC file; taggers write about six. */
export const FLAC_BLOCKS_MAX = 128;

/** Tags in a row at the start of a file. Editors that never clean up leave two or three. */
export const MEDIA_TAGS_MAX = 16;

/** Fields read of one ID3v2 tag on the way to title and performer; players write about 20. */
export const ID3_FIELDS_MAX = 256;

/** Bytes of a text field that is read; a longer one is no title. */
export const TAG_TEXT_BYTES_MAX = 4096;

/** Bytes of an ID3v2 tag that must be rewritten in memory to be read (unsynchronised). */
export const ID3_UNSYNC_BYTES_MAX = 64 * 1024;

/**
 * Bytes kept of one Ogg packet. Setup headers reach 8 KiB and FLAC frames 64;
 * only pictures in comment headers are longer, and are cut.
 */
export const OGG_PACKET_BYTES_MAX = 1024 * 1024;

/** Fields read of one Vorbis comment header; full taggers write about 50. */
export const OGG_COMMENTS_MAX = 1024;

/** Bytes of comments sent with each item of a mount: titles, gains, no pictures. */
export const OGG_COMMENT_BYTES_MAX = 16 * 1024;

/**
 * Chained streams of one file that are walked to find a time, with about 10 reads
 * each. Recordings of a radio stream have one for each song.
 */
export const OGG_LINKS_MAX = 64;

/** Silence in one call, in ms: an hour, so that a long gap is made piece by piece. */
export const SILENCE_MS_MAX = 3_600_000;

// ---- icecast --------------------------------------------------------------

/** Bytes sent at once on connecting, so that a player starts at once. Icecast's burst-size. */
export const BURST_BYTES = 64 * 1024;

/** Bytes a listener may fall behind before it is dropped. Icecast's queue-size: half a minute at 128 kbit/s. */
export const LISTENER_QUEUE_BYTES_MAX = 512 * 1024;

/** Media time of a block that is written to every listener at once: four system calls a second each, Icecast makes eleven at 128 kbit/s. */
export const MOUNT_BLOCK_MS = 250;

/** Bytes of several blocks joined into one write: half of what a socket buffers. */
export const RUN_BYTES_MAX = 32 * 1024;

/** Listeners from which on they take turns, so that each gets several blocks by one system call and the work is spread evenly. */
export const LISTENERS_PER_TURN = 250;

/** Turns at most: a listener then waits a second for its next bytes, a quarter of its burst at 128 kbit/s. */
export const MOUNT_TURNS_MAX = 4;

/** Bytes of such a block; a quarter of the burst, so that a burst has a place to start. */
export const MOUNT_BLOCK_BYTES_MAX = 16 * 1024;

/** Bytes of stream between two metadata blocks. Icecast's; players cope with any. */
export const ICY_METADATA_INTERVAL_BYTES = 16_000;

/** Bytes of a metadata block's text: its length byte counts units of 16. */
export const ICY_METADATA_BYTES_MAX = 255 * 16;

/** Sources connected at once: as many as there may be mounts would be a flood; Icecast's own limit is 16. */
export const SOURCES_MAX = 16;

/** Milliseconds without a byte after which a source is gone. Icecast's source-timeout. */
export const SOURCE_SILENCE_MS_MAX = 10_000;

/** Milliseconds without a packet after which what lies beneath a live show is heard again: half of what players keep ready. */
export const SOURCE_STALL_MS = 2_500;

/** Milliseconds that a mount of a source's own stays on the air, silent, for the source to come back; encoders try every 5 to 10 s. */
export const SOURCE_RECONNECT_MS = 30_000;

/** Milliseconds a source must have been silent before another from the same address takes its place; before that the mount is in use. */
export const SOURCE_TAKEOVER_MS = 2_000;

/** Play time in ms that a source may send ahead of the clock: what encoders hold back and send at once on connecting. */
export const SOURCE_AHEAD_MS = 10_000;

/** How much faster than the clock a source may run in the long run: sound cards are off by a tenth of a thousandth. */
export const SOURCE_SPEED_MAX = 1.01;

/** Bytes a second taken of one source: 10 Mbit/s, a picture in high definition; what is more waits in its own socket. */
export const SOURCE_BYTES_PER_SECOND_MAX = 1_250_000;

/** Milliseconds of work in a second that one source may make, in the long run: honest ones make one or two. */
export const SOURCE_WORK_MS_PER_SECOND = 100;

/** Such work at once: what a source has sent while the machine was busy elsewhere. */
export const SOURCE_WORK_MS_BURST = 500;

/** Bytes of a source without one packet before it is dropped: a minute of 128 kbit/s, and far more than any header. */
export const SOURCE_GARBAGE_BYTES_MAX = 1024 * 1024;

/** Bytes of an element before the clusters of a source's Matroska or WebM. Icecast's own limit of all of them. */
export const EBML_HEADER_BYTES_MAX = 128 * 1024;

/** Tracks of a source's Matroska or WebM that are passed on: sound in several languages, subtitles. */
export const EBML_TRACKS_MAX = 32;

/** Bytes of one element of a source's Matroska or WebM: key pictures of 8 Mbit/s are 300 KB. More counts as garbage. */
export const EBML_ELEMENT_BYTES_MAX = 1024 * 1024;

/** Milliseconds for a Shoutcast source's headers, after its password. */
export const SOURCE_HEAD_MS_MAX = 15_000;

/** Milliseconds an answer to a refused source waits for the client to read it. */
export const SOURCE_REFUSAL_MS = 2_000;

/** Bytes that such a client may still send meanwhile: what is under way in the buffers of a fast line. */
export const SOURCE_REFUSAL_BYTES_MAX = 1024 * 1024;

/** Characters of a header of a source that is kept, and of a title: as in a playlist. */
export const SOURCE_TEXT_CHARACTERS_MAX = 1000;

/** Requests with a password a second from one address, in the long run: statistics pages ask every few seconds. */
export const ADMIN_REQUESTS_PER_SECOND = 5;

/** Such requests at once: a page that asks for every mount. */
export const ADMIN_REQUESTS_BURST = 50;

/** Wrong passwords from one address before it must wait: a person who mistypes, and no search. */
export const PASSWORD_FAILURES_BURST = 10;

/** Wrong passwords a second from one address, in the long run: one in ten seconds. */
export const PASSWORD_FAILURES_PER_SECOND = 0.1;

/** Addresses whose requests are counted; the quietest are forgotten first. */
export const ADDRESSES_COUNTED_MAX = 10_000;

/** Passwords checked at a time, 40 ms and 16 MiB each. */
export const PASSWORD_CHECKS_MAX = 16;

/** Users of one mount: a file of that is read in a moment. */
export const MOUNT_USERS_MAX = 1000;

/** Upstreams of one relayed mount: a master, its spare, and theirs. */
export const UPSTREAMS_MAX = 8;

/** Redirects of one upstream that are followed. Icecast's own. */
export const UPSTREAM_REDIRECTS_MAX = 10;

/** Milliseconds for an upstream's answer to begin. */
export const UPSTREAM_HEAD_MS_MAX = 10_000;

/** Bytes of an upstream's answer before its stream. */
export const UPSTREAM_HEAD_BYTES_MAX = 16 * 1024;

/** Milliseconds before an upstream that failed is asked again; doubles each time. */
export const UPSTREAM_RETRY_MS = 1_000;

/** Longest such pause. */
export const UPSTREAM_RETRY_MS_MAX = 30_000;

/** Milliseconds without a listener after which a relay on demand lets its upstream go. */
export const UPSTREAM_IDLE_MS = 60_000;

/** Mounts of one program: a relay of several stations, each in several codecs. */
export const MOUNTS_MAX = 256;

/** Characters of a mount's path. */
export const MOUNT_PATH_CHARACTERS_MAX = 255;

/** Milliseconds of an HLS segment: short enough to start soon, long enough for a key picture in each. */
export const HLS_SEGMENT_MS = 4_000;

/** Milliseconds of the first three segments of a stream: players wait for three. */
export const HLS_FIRST_SEGMENT_MS = 1_000;

/** Milliseconds after which a segment is cut without a key picture: encoders' default is one in 250 pictures. Whole seconds, as playlists tell it. */
export const HLS_SEGMENT_MS_MAX = 12_000;

/** Segments a playlist names: half a minute, so that a player that stalls for a while finds its place. */
export const HLS_SEGMENTS_LISTED = 8;

/** Segments kept: those listed, and as many as a slow player may still ask for (RFC 8216, 6.2.2). */
export const HLS_SEGMENTS_KEPT = 16;

/** Bytes of one stream's segments: a minute of 8 Mbit/s. */
export const HLS_BYTES_MAX = 64 * 1024 * 1024;

/** Bytes a listener of a film may fall behind: ten seconds of 12 Mbit/s. */
export const FILM_QUEUE_BYTES_MAX = 16 * 1024 * 1024;

/** Bytes of a film sent at once on connecting: two seconds of 8 Mbit/s, in which a key picture should lie. */
export const FILM_BURST_BYTES = 2 * 1024 * 1024;

/** Milliseconds of a film sent at once: of one with few bytes the burst would be a minute, and its listeners so late. */
export const FILM_BURST_MS_MAX = 10_000;

/** Milliseconds a paced stream may run late before it gives up catching up: a machine that slept. */
export const PACER_LATE_MS_MAX = 10_000;

// ---- http -----------------------------------------------------------------

/** Milliseconds for a whole request head, from connecting or from the last answer. Icecast's header-timeout. */
export const HTTP_HEAD_MS_MAX = 15_000;

/** Bytes of a request head. Node's own default; browsers with many cookies send 8 KiB. */
export const HTTP_HEAD_BYTES_MAX = 16 * 1024;

/** Connections in all: 10,000 listeners, and room for page, peers and probes below the 20,000 open files of a process. */
export const HTTP_CONNECTIONS_MAX = 16_000;

/** Connections from one address (one /64 of IPv6), loopback excepted: a school behind one address, but no flood. */
export const HTTP_CONNECTIONS_PER_ADDRESS_MAX = 128;

/** Requests of one connection waiting for their answers. No browser pipelines; some load tools send 16. */
export const HTTP_PIPELINE_MAX = 16;

/** Bytes of a request body: forms and JSON of our own pages. Media never comes this way. */
export const HTTP_BODY_BYTES_MAX = 1024 * 1024;

/** Milliseconds from the end of a head to the end of its body: 1 MiB at 280 kbit/s. */
export const HTTP_BODY_MS_MAX = 30_000;

/** Milliseconds an answer may wait for a reader that takes nothing at all. */
export const HTTP_STALL_MS_MAX = 60_000;

/** Milliseconds that closing the front waits for answers under way. */
export const HTTP_CLOSE_MS_MAX = 2_000;

// ---- tuner ----------------------------------------------------------------

/**
 * Milliseconds a mount runs ahead of the station's clock: what a player gets in
 * the first moment and lives on while bytes are late. Two seconds start every
 * player at once and still leave a live segment time to arrive.
 */
export const MOUNT_LEAD_MS = 2_000;

/** Milliseconds of that lead that may be used up before silence takes the place of late packets. */
export const STALL_PATIENCE_MS = 1_500;

/** Milliseconds without packets after which reading starts again at the present place: what is late already need not come. */
export const STALL_SEEK_MS = 3_000;

/** Milliseconds by which an item may end early or late without silence or a cut: players' own rounding of durations. */
export const JOINT_TOLERANCE_MS = 100;

/** Milliseconds a packet may be off its time before it is dropped, or silence put before it: two joints' tolerance and a packet. */
export const ALIGN_TOLERANCE_MS = 250;

/** Milliseconds a mount may be off the clock before it jumps: the machine slept or its clock was set. */
export const CLOCK_JUMP_MS = 10_000;

/** Milliseconds before its start that the next item's packets are read. Its bytes are fetched earlier, by the swarm's own measure. */
export const TRACK_AHEAD_MS = 10_000;

/** Milliseconds before its start that the next item is opened: half an hour of gap is time enough to spread a file. */
export const OPEN_AHEAD_MS = 30 * 60_000;

/** Bytes of a filler kept in memory: a quarter of an hour at 128 kbit/s; a longer one begins again there. */
export const FILLER_BYTES_MAX = 16 * 1024 * 1024;

/** Milliseconds of a filler, at least: a shorter one repeated is a buzz. */
export const FILLER_PLAY_MS_MIN = 1_000;

/** Milliseconds that fetching a filler may take: it is seldom needed, and what is on comes first. */
export const FILLER_FETCH_MS = 60_000;

/** Milliseconds of a gap, or of waiting for what may come at any moment, from which on the filler is heard; a shorter one stays silent. */
export const FILLER_HOLE_MS_MIN = 5_000;

/** Milliseconds a listener waits for the first sound before it gets silence. */
export const FIRST_SOUND_MS_MAX = 5_000;

/** Milliseconds a request for a mount waits for the mount to be there. */
export const MOUNT_WAIT_MS_MAX = 10_000;

/** Packets read ahead of their time: about six seconds of MP3 or Opus. */
export const AIRING_QUEUE_PACKETS = 256;

/** Milliseconds before a file that failed by the network is tried again; doubles each time. */
export const AIRING_RETRY_MS = 2_000;

/** Longest such pause. */
export const AIRING_RETRY_MS_MAX = 60_000;

/** Errors of one playlist that a listener is told: a few show what is wrong, `check` tells them all. */
export const PROBLEMS_TOLD_MAX = 8;

/** Mounts of one station: four codecs, each in two sets of parameters. */
export const STATION_MOUNTS_MAX = 8;

/** Milliseconds of silence asked of a writer in one call: a second, so that little is made at a time. */
export const SILENCE_CALL_MS = 1_000;

// ---- player ---------------------------------------------------------------

/** Characters of a station's address on the page: browsers themselves cut off at about this. */
export const STATION_URL_MAX = 2_000;

/** Bytes of a request that names a station: the address, escaped, and a brace on either side. */
export const STATION_REQUEST_BYTES_MAX = 16 * 1024;

// ---- planner --------------------------------------------------------------

/** Characters of a programme file: 400 blocks and events of 600 characters each. */
export const STATION_FILE_CHARACTERS_MAX = 256 * 1024;

/** Blocks, and events, of one programme file: every quarter of an hour of a week is 672 of no use to anyone. */
export const STATION_TABLES_MAX = 400;

/** Gateways of one programme file: as many as a playlist may name. */
export const STATION_GATEWAYS_MAX = 8;

/** Dates or ranges of dates of one block or event: every day of a year. */
export const STATION_DATES_MAX = 366;

/** Times of the day of one event: every minute. */
export const EVENT_TIMES_MAX = 1440;

/** Times one recurrence happens in a programme: every quarter of an hour for a year is 35,136. */
export const OCCURRENCES_MAX = 40_000;

/** Items between two of one artist, at most: half a day of songs. */
export const ARTIST_DISTANCE_MAX = 200;

/** Days laid out ahead, at most: a year and a day. */
export const HORIZON_DAYS_MAX = 366;

/** Tracks that are looked at to end a block on time: 17,000 sets of three, a few ms. */
export const FIT_CANDIDATES_MAX = 48;

/** Tracks that are looked at for a set of one or two where those end nothing on time: 80,000 pairs, a few ms. */
export const FIT_PAIR_CANDIDATES_MAX = 400;

/** Milliseconds of a fitted block's last item that may be cut before it is told of: "within a few seconds". */
export const FIT_TOLERANCE_MS = 3_000;

// ---- broadcaster ----------------------------------------------------------

/** Media files of one folder: a year of them, and a walk that ends where somebody points at a whole disk. */
export const BROADCAST_FILES_MAX = 100_000;

/** Folders within folders that are looked into; music lies three or four deep. */
export const BROADCAST_DEPTH_MAX = 32;

/** Threads that hash: more than a disk can feed. */
export const HASH_WORKERS_MAX = 16;

/** Files looked at at a time: one is measured while others wait for the disk, or for their trees to be safe on it. */
export const SURVEY_FILES_AT_ONCE = 8;

/** Files whose state is asked for at a time: answers of a network disk take a ms each, and 10,000 files are 30,000 of them. */
export const SURVEY_STATES_AT_ONCE = 64;

/** Bytes of a player's playlist: 100,000 lines of 80 characters. */
export const PLAYER_PLAYLIST_BYTES_MAX = 8 * 1024 * 1024;

/** Milliseconds without a change in a folder before it is read again: a file that is copied changes until it is whole. */
export const WATCH_QUIET_MS = 2_000;

/** Milliseconds of changes without such a pause after which it is read all the same. */
export const WATCH_QUIET_MS_MAX = 60_000;

/** Milliseconds after which a watched programme is laid out further. */
export const WATCH_EXTEND_MS = 3_600_000;

// ---- cli ------------------------------------------------------------------

/** Milliseconds between two drawings of the live line: ten a second is as fast as figures can be read. */
export const TERMINAL_REDRAW_MS = 100;

/** Stations tuned in one process: each has a playlist in memory, mounts of its own, and two contents open. */
export const STATIONS_MAX = 24;

/** Milliseconds before a relay tries a station again that cannot be read; doubles each time. */
export const RELAY_RETRY_MS = 5_000;

/** Longest such pause: a network that comes back is noticed within a minute. */
export const RELAY_RETRY_MS_MAX = 60_000;

/** Milliseconds between two looks at what a listening command tells. */
export const STATUS_LINE_MS = 500;

/** Milliseconds between two lines of the demo that stay on the screen. */
export const DEMO_REPORT_MS = 15_000;

/** Characters of a station's name in paths: what still reads well in an address. */
export const STATION_NAME_MAX = 40;

/** Rows of a programme that `check --days` prints: a week of one-minute items. */
export const CHECK_ROWS_MAX = 10_080;

/** Media files that one `check` asks for: a day of songs; a larger number is a load for the origin. */
export const CHECK_PROBES_MAX = 500;

/** Media files that `check` asks for at a time. */
export const CHECK_PROBES_AT_ONCE = 4;

/** Bytes of one media file that `check` reads to learn its codecs; a film's index at its end fits. */
export const CHECK_TRACK_BYTES_MAX = 2 * 1024 * 1024;

/** Milliseconds that a media file's origin may take to answer `check`. */
export const CHECK_PROBE_MS_MAX = 10_000;

/** Milliseconds of an item that may be cut before `check` warns: what a block that ends on time may cut. */
export const CHECK_OVERLAP_MS = 3_000;

/** Problems of one kind that `check` prints, with how many more there are: they show what is the matter, and leave room for other kinds. */
export const CHECK_SAME_TOLD_MAX = 10;

/** Bytes of a `--config` file: a few dozen options of one line each. */
export const CONFIG_BYTES_MAX = 64 * 1024;

/** Bytes of a password that is read from a terminal or a file: a line. */
export const SECRET_LINE_BYTES_MAX = 1024;
