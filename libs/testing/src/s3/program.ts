/**
 * OpenStack Swift with its S3 API in one process: account, container, object and proxy server of Debian's python3-swift, on free ports of loopback,
 * in a folder that it is given. Prints `{"port": …}` when it serves, and ends when its standard input does.
 */
export const swiftProgram = `
import eventlet
eventlet.monkey_patch()
import array, json, os, sys, time

settings = json.loads(sys.argv[1])
folder = settings['folder']

# What Swift reads when it is imported.
with open(os.path.join(folder, 'swift.conf'), 'w') as conf:
    conf.write('[swift-hash]\\nswift_hash_path_suffix = suffix\\nswift_hash_path_prefix = prefix\\n'
               '[storage-policy:0]\\nname = one\\ndefault = yes\\n')
from swift.common import utils
utils.set_swift_dir(folder)
utils.validate_hash_conf()
from swift.common import storage_policy
storage_policy.reload_storage_policies()
import swift.common.ring.ring as rings
from swift.common.wsgi import SwiftHttpProtocol, loadapp
import swift.common.memcached
import eventlet.wsgi


class Cache(object):
    """What Swift wants of memcached: here it is a dictionary."""
    def __init__(self):
        self.kept = {}

    def get(self, key, raise_on_error=False):
        value, until = self.kept.get(key, (None, None))
        if until and until < time.time():
            del self.kept[key]
            return None
        return json.loads(value) if value is not None else None

    def set(self, key, value, serialize=True, time=0, **kwargs):
        self.kept[key] = (json.dumps(value), now() + time if time else None)

    def incr(self, key, delta=1, time=0):
        value = max(0, int(self.get(key) or 0) + delta)
        self.set(key, value, time=time)
        return value

    def decr(self, key, delta=1, time=0):
        return self.incr(key, -delta, time)

    def delete(self, key, server_key=None):
        self.kept.pop(key, None)


now = time.time
cache = Cache()


class Quiet(object):
    def write(self, text):
        pass

    def flush(self):
        pass


def listen():
    return eventlet.listen(('127.0.0.1', 0), backlog=256)


def write(name, text):
    path = os.path.join(folder, name)
    with open(path, 'w') as out:
        out.write(text)
    os.chmod(path, 0o600)
    return path


def serve(sock, app):
    eventlet.spawn(eventlet.wsgi.server, sock, app, log=Quiet(), log_output=False, protocol=SwiftHttpProtocol,
                   capitalize_response_headers=False, keepalive=True, socket_timeout=60)


devices = os.path.join(folder, 'devices')
os.makedirs(os.path.join(devices, 'disk'))
common = '[DEFAULT]\\nswift_dir = %s\\ndevices = %s\\nmount_check = false\\nfallocate_reserve = 0\\n' \\
         'disable_fallocate = true\\nlog_facility = LOG_LOCAL0\\nlog_level = CRITICAL\\n' % (folder, devices)
power = 2
for kind in ('account', 'container', 'object'):
    sock = listen()
    device = {'id': 0, 'zone': 0, 'region': 1, 'device': 'disk', 'weight': 1.0, 'meta': '',
              'ip': '127.0.0.1', 'port': sock.getsockname()[1],
              'replication_ip': '127.0.0.1', 'replication_port': sock.getsockname()[1]}
    rings.RingData([array.array('H', [0] * 2 ** power)], [device], 32 - power).save(
        os.path.join(folder, kind + '.ring.gz'))
    serve(sock, loadapp(write(kind + '.conf', common +
          '[pipeline:main]\\npipeline = server\\n[app:server]\\nuse = egg:swift#%s\\n' % kind)))

proxy = common + '''
[pipeline:main]
pipeline = catch_errors gatekeeper healthcheck listing_formats bulk s3api tempauth slo dlo versioned_writes copy proxy-server
[app:proxy-server]
use = egg:swift#proxy
account_autocreate = true
allow_account_management = false
[filter:catch_errors]
use = egg:swift#catch_errors
[filter:gatekeeper]
use = egg:swift#gatekeeper
[filter:healthcheck]
use = egg:swift#healthcheck
[filter:listing_formats]
use = egg:swift#listing_formats
[filter:bulk]
use = egg:swift#bulk
[filter:s3api]
use = egg:swift#s3api
location = us-east-1
max_upload_part_num = 10000
[filter:slo]
use = egg:swift#slo
max_manifest_segments = 10000
[filter:dlo]
use = egg:swift#dlo
[filter:versioned_writes]
use = egg:swift#versioned_writes
[filter:copy]
use = egg:swift#copy
[filter:tempauth]
use = egg:swift#tempauth
user_%s_%s = %s .admin
''' % (settings['account'], settings['user'], settings['secret'])

app = loadapp(write('proxy.conf', proxy))


def with_cache(env, start_response):
    env['swift.cache'] = cache
    return app(env, start_response)


sock = listen()
serve(sock, with_cache)
print(json.dumps({'port': sock.getsockname()[1]}), flush=True)
while True:
    eventlet.hubs.trampoline(0, read=True)
    if not os.read(0, 1024):
        os._exit(0)
`
