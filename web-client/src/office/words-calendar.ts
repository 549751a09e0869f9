import { words } from '../i18n/words';

/** Lessons in calendar programs. */
export const c = words(
  {
    subscribe: '订阅日历',
    title: '订阅日历：{name}',
    text: '手机或电脑的日历订阅后，调课、停课会自动更新。生成后把地址、用户名和密码填进日历应用的“订阅日历（按网址）”。',
    make: '生成订阅地址',
    renew: '重新生成',
    once: '密码只显示这一次；重新生成后，旧密码立即失效。请不要转发：知道密码的人都能看到这份课表。',
    address: '地址',
    user: '用户名（可任意填写）',
    password: '密码',
    revoke: '撤销订阅',
    revoked: '已撤销，旧密码不能再读取课表',
    none: '没有需要撤销的订阅',
    made: '已生成过又忘了密码？重新生成即可。',
  },
  {
    subscribe: 'Subscribe',
    title: 'Calendar of {name}',
    text: 'A calendar program that subscribes follows every change. Give it the address, user and password below under “subscribe by URL”.',
    make: 'Make an address',
    renew: 'Make it anew',
    once: 'The password is shown this once; made anew, the old one is dead. Do not pass it on: whoever has it reads these lessons.',
    address: 'Address',
    user: 'User (any will do)',
    password: 'Password',
    revoke: 'Revoke',
    revoked: 'Revoked: the old password reads nothing any more',
    none: 'There is nothing to revoke',
    made: 'Made one before and lost the password? Make it anew.',
  },
);
