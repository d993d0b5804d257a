import type { DocumentExample } from './document-examples.js';

const API = 'https://proapi.115.com/open';
const OK = '"state":true,"message":"","code":0';
const CALLBACK = '{"callback":"{}","callback_var":"{}"}';
const VECTOR = { file_size: '2097152', fileid: '20E1307DE838FB67C28577C7EC9D1C6288EB2883' };
const MAGNET_HASH = 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa';

/** The examples of the API document for changes, uploads and offline tasks, in the order they are sent. */
export const DOCUMENT_WRITES: readonly DocumentExample[] = (
  [
    [
      '9 create folder',
      'folder/add',
      { pid: '0', file_name: 'Films' },
      `{${OK},"data":{"file_name":"Movies","file_id":"3073311192547189943"}}`,
    ],
    [
      '4 failure of a call',
      'folder/add',
      { pid: '0', file_name: 'Movies' },
      '{"state":false,"message":"该目录名称已存在。","code":20004,"data":[],"error":"该目录名称已存在。","errno":20004}',
    ],
    [
      '10 rename',
      'ufile/update',
      { file_id: '3073323042143855813', file_name: 'clip-2.mkv' },
      `{${OK},"data":{"file_name":"clip-2.mkv","star":"0"}}`,
    ],
    [
      '11 copy',
      'ufile/copy',
      { pid: '3073311192547189943', file_id: '3073323042143855813', nodupli: '0' },
      `{${OK},"data":[]}`,
    ],
    [
      '12 move',
      'ufile/move',
      { file_ids: '3073323042143855813', to_cid: '3073311192547189943' },
      `{${OK},"data":[]}`,
    ],
    [
      '13 delete',
      'ufile/delete',
      { file_ids: '3073323042143855813', parent_id: '3073311192547189943' },
      `{${OK},"data":[]}`,
    ],
    [
      '15 restore',
      'rb/revert',
      { tid: '3074054555277845747' },
      `{${OK},"data":{"3074054555277845747":{"state":true,"error":"","errno":0}}}`,
    ],
    ['15 purge', 'rb/del', {}, `{${OK},"data":[]}`],
    [
      '17.2 init, upload needed',
      'upload/init',
      {
        file_name: 'clip.mkv',
        file_size: '2097152',
        target: 'U_1_3073311192547189943',
        fileid: '2'.repeat(40),
        topupload: '0',
      },
      `{${OK},"data":{"pick_code":"e2k5m8q1t4w7z0c3f","status":1,"sign_key":"","sign_check":"","file_id":"",
        "target":"U_1_3073311192547189943","bucket":"fhnfile","object":"9f8e7d6c","callback":${CALLBACK}}}`,
    ],
    [
      '17.2 init, rapid upload',
      'upload/init',
      {
        file_name: 'hello.txt',
        file_size: '5',
        target: 'U_1_0',
        fileid: 'AAF4C61DDCC5E8A2DABEDE0F3B482CD9AEA9434D',
      },
      `{"state":true,"code":0,"message":"","data":{"status":2,"file_id":"3342177983093201749",
        "pick_code":"cq8zap7l323bbddre","bucket":"","object":"","target":"","callback":[]}}`,
    ],
    [
      '17.2 init, challenge',
      'upload/init',
      {
        file_name: 'clip.mkv',
        target: 'U_1_0',
        preid: '564E3CEA4A332298880258B2896477CE725866E4',
        ...VECTOR,
      },
      `{${OK},"data":{"pick_code":"e2k5m8q1t4w7z0c3f","status":7,"code":701,"sign_key":"F0E1",
        "sign_check":"1000-1150","file_id":"","target":"U_1_0","bucket":"","object":"","callback":[]}}`,
    ],
    [
      '18 add URLs',
      'offline/add_task_urls',
      { urls: `https://example.org/a.iso\nmagnet:?xt=urn:btih:${MAGNET_HASH}`, wp_path_id: '0' },
      `{${OK},"data":[{"state":true,"code":0,"message":"","info_hash":"0b2e","url":"https://example.org/a.iso"}]}`,
    ],
    [
      '18 delete a task',
      'offline/del_task',
      { info_hash: MAGNET_HASH, del_source_file: '0' },
      `{${OK},"data":[]}`,
    ],
    ['18 clear', 'offline/clear_task', { flag: '0' }, `{${OK},"data":[]}`],
  ] as const
).map(([title, call, form, answer]) => ({ title, url: `${API}/${call}`, form, authorized: true, answer }));

/** The examples without a form. */
export const DOCUMENT_WRITE_QUERIES: readonly DocumentExample[] = (
  [
    [
      '17.4 get_token',
      'upload/get_token',
      `{${OK},"data":{"endpoint":"http://oss-cn-shenzhen.aliyuncs.com","AccessKeyId":"STS.NExampleKeyId",
        "AccessKeySecret":"ExampleSecret","SecurityToken":"CAISexample","Expiration":"2026-03-02T09:00:00Z"}}`,
    ],
    [
      '18 list',
      'offline/get_task_list?page=1',
      `{${OK},"data":{"page":1,"page_count":1,"count":1,"tasks":[{"info_hash":"0b2e","add_time":1772438400,
        "percentDone":42,"size":734003200,"name":"a.iso","last_update":1772438460,"file_id":"",
        "delete_file_id":"","status":1,"url":"https://example.org/a.iso","wp_path_id":"0","def2":0,
        "play_long":0,"can_appeal":0}]}}`,
    ],
    [
      '18 quota',
      'offline/get_quota_info',
      `{${OK},"data":{"package":[{"surplus":1480,"used":20,"count":1500,"name":"VIP",
        "expire_info":[{"surplus":1480,"expire_time":1775030400}]}],"count":1500,"surplus":1480,"used":20}}`,
    ],
  ] as const
).map(([title, call, answer]) => ({ title, url: `${API}/${call}`, authorized: true, answer }));
