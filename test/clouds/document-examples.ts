/**
 * The examples of the API document for reading: what is sent under which host name, and the answer printed there.
 * Only the shape counts: which fields, in which types.
 */
export interface DocumentExample {
  readonly title: string;
  readonly url: string;
  readonly form?: Readonly<Record<string, string>>;
  /** With the bearer token. */
  readonly authorized: boolean;
  readonly answer: string;
}

const API = 'https://proapi.115.com';

export const DOCUMENT_EXAMPLES: readonly DocumentExample[] = [
  {
    title: '6 user info',
    url: `${API}/open/user/info`,
    authorized: true,
    answer: `{"state":true,"message":"","code":0,"data":{
      "user_id":"100012345","user_name":"demo","user_face_s":"https://avatars.115.com/s.jpg",
      "user_face_m":"https://avatars.115.com/m.jpg","user_face_l":"https://avatars.115.com/l.jpg",
      "rt_space_info":{"all_total":{"size":1154847605555200,"size_format":"1.03PB"},
      "all_remain":{"size":1000000000000000,"size_format":"909.49TB"},
      "all_use":{"size":154847605555200,"size_format":"140.83TB"}},
      "vip_info":{"level_name":"年费VIP","expire":1803974400}}}`,
  },
  {
    title: '7 file list',
    url: `${API}/open/ufile/files?cid=0&show_dir=1&limit=1150`,
    authorized: true,
    answer: `{"data":[{"fid":"3073311192547189943","aid":"1","pid":"0","fc":"0","fn":"Movies","fco":"","ism":"0",
      "isp":0,"pc":"fc8h2k4m6n8p0q2r4s","upt":1772352000,"uet":1772352000,"uppt":1735689600,"cm":0,"fdesc":"",
      "ispl":0,"fl":[],"sha1":"","fs":0,"fta":"","ico":"","fatr":"","isv":0,"def":0,"def2":0,"play_long":0,
      "v_img":"","thumb":"","uo":""}],
      "count":2,"sys_count":0,"offset":0,"limit":1150,"aid":"1","cid":0,"is_asc":0,"min_size":0,"max_size":0,
      "sys_dir":"","hide_data":"","record_open_time":"1","star":0,"type":0,"suffix":"",
      "path":[{"name":"根目录","aid":1,"cid":0,"pid":0,"isp":0,"p_cid":"0","fv":"0"}],
      "cur":0,"stdir":0,"fields":"","order":"user_utime","state":true,"message":"","code":0}`,
  },
  {
    title: '8 file or folder info',
    url: `${API}/open/folder/get_info?file_id=3073323042143855813`,
    authorized: true,
    answer: `{"state":true,"message":"","code":0,"data":{"count":"1","size":"2.00MB","size_byte":2097152,
      "folder_count":"0","play_long":63,"show_play_long":0,"ptime":"1772348400","utime":"1772348400",
      "file_name":"clip.mkv","pick_code":"dtctprlmfkl4exiok","sha1":"20E1307DE838FB67C28577C7EC9D1C6288EB2883",
      "file_id":"3073323042143855813","is_mark":"0","open_time":1772349000,"file_category":"1",
      "paths":[{"file_id":0,"file_name":"根目录"}]}}`,
  },
  {
    title: '14 search',
    url: `${API}/open/ufile/search?search_value=clip&limit=20&offset=0`,
    authorized: true,
    answer: `{"count":1,"data":[{"file_id":"3073323042143855813","user_id":"100012345",
      "sha1":"20E1307DE838FB67C28577C7EC9D1C6288EB2883","file_name":"clip.mkv","file_size":"2097152",
      "user_ptime":"1772348400","user_utime":"1772348400","pick_code":"dtctprlmfkl4exiok","parent_id":"0",
      "area_id":"1","is_private":0,"file_category":"1","ico":"mkv"}],
      "limit":20,"offset":0,"state":true,"message":"","code":0}`,
  },
  {
    title: '15 recycle bin',
    url: `${API}/open/rb/list?limit=30&offset=0`,
    authorized: true,
    answer: `{"state":true,"message":"","code":0,"data":{"offset":0,"limit":30,"count":"1","rb_pass":0,
      "3074054555277845747":{"id":"3074054555277845747","file_name":"old.mkv","type":"1","file_size":"2097152",
      "dtime":"1772352000","thumb_url":"","status":"0","cid":3073311192547189943,"parent_name":"Movies",
      "pick_code":"dtctprlmfkl4exiok","sha1":"20E1307DE838FB67C28577C7EC9D1C6288EB2883","ico":"mkv","isv":1}}}`,
  },
  {
    title: '16.1 download link',
    url: `${API}/open/ufile/downurl`,
    form: { pick_code: 'dtctprlmfkl4exiok' },
    authorized: true,
    answer: `{"state":true,"message":"","code":0,"data":{"3073323042143855813":{"file_name":"clip.mkv",
      "file_size":2097152,"pick_code":"dtctprlmfkl4exiok","sha1":"20E1307DE838FB67C28577C7EC9D1C6288EB2883",
      "url":{"url":"https://cdnfhnfile.115cdn.net/x"}}}}`,
  },
  {
    title: '4 failure of a login',
    url: `${API}/open/user/info`,
    authorized: false,
    answer: `{"state":false,"message":"access_token 无效（已过期或者已解除授权）","code":40140125,"data":[]}`,
  },
  {
    title: '4 failure of a call',
    url: `${API}/open/folder/get_info?file_id=1`,
    authorized: true,
    answer: `{"state":false,"message":"该目录名称已存在。","code":20004,"data":[],"error":"该目录名称已存在。","errno":20004}`,
  },
];

/** A value with every leaf replaced by its type and every array by its first element. */
export function shapeOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.slice(0, 1).map(shapeOf);
  if (typeof value !== 'object' || value === null) return typeof value;
  const members = Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1));
  return Object.fromEntries(members.map(([name, member]) => [name, shapeOf(member)]));
}
