"""One libtorrent 2.0 peer over TCP, for scripts/compare/pair.ts.

    libtorrent_peer.py make FILE TORRENT
    libtorrent_peer.py seed FOLDER TORRENT PORT
    libtorrent_peer.py fetch FOLDER TORRENT PORT SEED_PORT

The torrent is of version 2 alone: SHA-256 trees over blocks of 16 KiB, as ours.
A seed prints "ready" and serves until it is killed. A fetch ends when all bytes
are verified and written.
"""
import os
import sys
import time

import libtorrent as lt


def make(file, torrent):
    storage = lt.file_storage()
    lt.add_files(storage, file)
    maker = lt.create_torrent(
        storage, piece_size=1024 * 1024, flags=lt.create_torrent.v2_only
    )
    lt.set_piece_hashes(maker, os.path.dirname(file))
    with open(torrent, "wb") as out:
        out.write(lt.bencode(maker.generate()))


def session(port):
    return lt.session({
        "listen_interfaces": f"127.0.0.1:{port}",
        "enable_dht": False,
        "enable_lsd": False,
        "enable_upnp": False,
        "enable_natpmp": False,
        "enable_incoming_utp": False,
        "enable_outgoing_utp": False,
        "allow_multiple_connections_per_ip": True,
        # No encryption.
        "out_enc_policy": 2,
        "in_enc_policy": 2,
        "alert_mask": lt.alert.category_t.storage_notification,
    })


def add(ses, folder, torrent, seeds):
    params = lt.add_torrent_params()
    params.ti = lt.torrent_info(torrent)
    params.save_path = folder
    params.flags &= ~lt.torrent_flags.auto_managed
    params.flags &= ~lt.torrent_flags.paused
    if seeds:
        params.flags |= lt.torrent_flags.seed_mode
    return ses.add_torrent(params)


def seed(folder, torrent, port):
    ses = session(port)
    add(ses, folder, torrent, True)
    print("ready", flush=True)
    while True:
        time.sleep(3600)


def fetch(folder, torrent, port, seed_port):
    ses = session(port)
    handle = add(ses, folder, torrent, False)
    handle.connect_peer(("127.0.0.1", int(seed_port)))
    while not handle.status().is_seeding:
        time.sleep(0.005)
    handle.flush_cache()
    while True:
        ses.wait_for_alert(1000)
        for alert in ses.pop_alerts():
            if isinstance(alert, lt.cache_flushed_alert):
                sys.stdout.flush()
                os._exit(0)


{"make": make, "seed": seed, "fetch": fetch}[sys.argv[1]](*sys.argv[2:])
