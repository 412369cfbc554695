/** More server-rendered consoles: how each names fields and buttons, where it keeps the id, how it says yes and no. */
import { describe, expect, test } from 'vitest'
import { session } from './session.ts'
import { visit } from './visit.ts'

const saved = '<div class="alert alert-success">Saved</div>'

for (const acrossPages of [false, true]) {
  const visit = () => session({ acrossPages })
  describe(acrossPages ? 'over the memory between pages' : 'in one recorder', () => {
    test('a content system with form ids and nested field names', () => {
      const edit =
        '<h1>Edit Article Hello</h1><form action="/node/5/edit" method="post" id="node-article-edit-form"><label for="t">Title</label><input id="t" name="title[0][value]" value="Hello"><label for="b">Body</label><textarea id="b" name="body[0][value]">x</textarea><input type="hidden" name="changed" value="1700000000"><input type="hidden" name="form_build_id" value="form-abc"><input type="hidden" name="form_token" value="tok-not-real"><input type="hidden" name="form_id" value="node_article_edit_form"><input type="checkbox" id="p" name="status[value]" value="1" checked><label for="p">Published</label><input type="submit" name="op" value="Save"><input type="submit" name="op" value="Preview"></form>'
      expect(
        visit()
          .open('/node/5/edit', edit)
          .post(
            '/node/5/edit',
            'title%5B0%5D%5Bvalue%5D=Hello+world&body%5B0%5D%5Bvalue%5D=x&changed=1700000000&form_build_id=form-abc&form_token=tok-not-real&form_id=node_article_edit_form&status%5Bvalue%5D=1&op=Preview',
            { html: edit },
          )
          .post(
            '/node/5/edit',
            'title%5B0%5D%5Bvalue%5D=Hello+world&body%5B0%5D%5Bvalue%5D=x&changed=1700000000&form_build_id=form-abc&form_token=tok-not-real&form_id=node_article_edit_form&op=Save',
            {
              to: '/node/5',
              html: '<div role="status" class="messages messages--status">Article Hello world has been updated.</div>',
            },
          )
          .recorded(),
      ).toEqual([
        expect.stringMatching(
          /^update (node|article) 5: \/title\/0\/value "Hello" → "Hello world", \/status\/value true → false$/,
        ),
      ])
    })
    test('a task field that names the controller and the verb', () => {
      const edit =
        '<h1>Users: Edit</h1><form action="/administrator/index.php?option=com_users&layout=edit&id=42" method="post" name="adminForm" id="user-form"><label for="n">Name</label><input id="n" name="jform[name]" value="Ana"><label for="e">Email</label><input id="e" name="jform[email]" value="ana@acme.example"><fieldset><legend>Block</legend><input type="radio" name="jform[block]" value="0" checked id="b0"><label for="b0">No</label><input type="radio" name="jform[block]" value="1" id="b1"><label for="b1">Yes</label></fieldset><input type="hidden" name="task" value=""><input type="hidden" name="0123456789abcdef0123456789abcdef" value="1"></form>'
      expect(
        visit()
          .open('/administrator/index.php?option=com_users&view=user&layout=edit&id=42', edit)
          .post(
            '/administrator/index.php?option=com_users&layout=edit&id=42',
            'jform%5Bname%5D=Anna&jform%5Bemail%5D=ana%40acme.example&jform%5Bblock%5D=0&task=user.apply&0123456789abcdef0123456789abcdef=1',
            {
              to: '/administrator/index.php?option=com_users&view=user&layout=edit&id=42',
              html: `<div class="alert alert-success">User saved.</div>${edit}`,
            },
          )
          .recorded(),
      ).toEqual([expect.stringMatching(/^update user 42: .*name "Ana" → "Anna"$/)])
    })
    test('a button that says what the server is to fetch', () => {
      const form = (to: string) =>
        `<form action="/api/${to}" method="post"><input name="urls"><input name="folder" value="/srv"><button type="submit">Download</button></form>`
      const sent = 'urls=https%3A%2F%2Ffiles.example%2Fa.iso&folder=%2Fsrv'
      expect(
        visit()
          .open('/fetch', form('transfers/add'))
          .post('/api/transfers/add', sent, { html: 'Ok.' })
          .open('/reports', form('reports/file'))
          .post('/api/reports/file', sent, { html: 'Ok.' })
          .recorded(),
      ).toEqual(['create transfer: /urls "https://files.example/a.iso", /folder "/srv"'])
    })
    test('pages of the app that do something, in a namespace beside its articles', () => {
      const create =
        '<h1>Create account</h1><form action="/index.php/Special:CreateAccount" method="post"><label for="n">Username</label><input id="n" name="wpName"><input type="password" name="wpPassword"><input type="hidden" name="title" value="Special:CreateAccount"><button name="wpCreateaccount" value="Create account">Create account</button></form>'
      const move =
        '<h1>Move Plan</h1><form action="/index.php?title=Special:MovePage&action=submit" method="post"><label for="t">New title</label><input id="t" name="wpNewTitleMain" value="Plan"><input type="hidden" name="wpOldTitle" value="Plan"><button name="wpMove" value="Move page">Move page</button></form>'
      expect(
        visit()
          .open('/index.php/Special:CreateAccount', create)
          .post(
            '/index.php/Special:CreateAccount',
            'title=Special%3ACreateAccount&wpName=Lena&wpPassword=not-real-1&wpCreateaccount=Create+account',
            { html: '<h1>Account created</h1>' },
          )
          .open('/index.php/Special:MovePage/Plan', move)
          .post(
            '/index.php?title=Special:MovePage&action=submit',
            'wpNewTitleMain=Archive&wpOldTitle=Plan&wpMove=Move+page',
            { html: '<h1>Move succeeded</h1>' },
          )
          .recorded(),
      ).toEqual([
        expect.stringMatching(/^create account Lena: /),
        'update page Plan: /wpNewTitleMain "Plan" → "Archive"',
      ])
    })
    test('a CGI that saves what its name says', () => {
      expect(
        visit()
          .open(
            '/useradmin/edit_user.cgi?user=ana',
            '<h1>Edit User</h1><form action="save_user.cgi" method="post"><input type="hidden" name="old" value="ana"><table><tr><td><b>Real name</b></td><td><input name="real" value="Ana"></td></tr><tr><td><b>Shell</b></td><td><select name="shell"><option selected>/bin/bash</option><option>/bin/sh</option></select></td></tr></table><input type="submit" value="Save"></form>',
          )
          .post('/useradmin/save_user.cgi', 'old=ana&real=Ana+Lee&shell=%2Fbin%2Fsh', {
            to: '/useradmin/index.cgi',
            html: '<h1>Users and Groups</h1>',
          })
          .recorded(),
      ).toEqual(['update user ana: /real "Ana" → "Ana Lee", /shell "/bin/bash" → "/bin/sh"'])
    })
    test('buttons whose names are the verbs: add, update, purge', () => {
      const edit =
        '<form method="post" action="/front/computer.form.php"><input type="hidden" name="id" value="7"><input type="hidden" name="_glpi_csrf_token" value="abcdef123456"><div class="row"><label for="n">Name</label><input id="n" name="name" value="pc1"></div><div class="row"><label for="s">Serial number</label><input id="s" name="serial" value=""></div><button name="update" value="1">Save</button><button name="delete" value="1">Put in trashbin</button></form>'
      expect(
        visit()
          .open('/front/computer.form.php?id=7', edit)
          .post(
            '/front/computer.form.php',
            'id=7&_glpi_csrf_token=abcdef123456&name=pc1&serial=X-9&update=1',
            { to: '/front/computer.form.php?id=7', html: edit },
          )
          .open('/front/computer.form.php?id=7', edit)
          .post(
            '/front/computer.form.php',
            'id=7&_glpi_csrf_token=abcdef123456&name=pc1&serial=X-9&delete=1',
            { to: '/front/computer.php', html: '' },
          )
          .recorded(),
      ).toEqual(['update computer 7: /serial "" → "X-9"', 'delete computer 7'])
    })
    test('an admin made by a framework: edit, inline edit of a list, delete by a button', () => {
      expect(
        visit()
          .open(
            '/admin/user/edit/?id=5',
            '<form action="" method="POST" class="admin-form"><div class="form-group"><label for="email">Email</label><input id="email" name="email" value="a@acme.example"></div><div class="form-group"><label for="active">Active</label><input type="checkbox" id="active" name="active" value="y" checked></div><input type="submit" value="Save"><input name="_continue_editing" type="submit" value="Save and Continue Editing"></form>',
          )
          .post('/admin/user/edit/?id=5', 'email=b%40acme.example', {
            to: '/admin/user/',
            html: '<div class="alert alert-success">Record was successfully saved.</div>',
          })
          .send(
            'POST',
            '/admin/user/ajax/update/',
            'list_form_pk=6&email=c%40acme.example&csrf_token=abcdef1234',
            { html: 'Record was successfully saved.' },
          )
          .open(
            '/admin/user/',
            '<h1>User</h1><table><tr><th>Email</th></tr><tr><td>d@acme.example<form method="POST" action="/admin/user/delete/"><input type="hidden" name="id" value="7"><input type="hidden" name="url" value="/admin/user/"><button onclick="return confirm(1)" title="Delete record"></button></form></td></tr></table>',
          )
          .post('/admin/user/delete/', 'id=7&url=%2Fadmin%2Fuser%2F', {
            to: '/admin/user/',
            html: '<div class="alert alert-success">Record was successfully deleted.</div>',
          })
          .recorded(),
      ).toEqual([
        'update user 5: /email "a@acme.example" → "b@acme.example", /active true → false',
        'update user 6: /email undefined → "c@acme.example"',
        'delete user 7',
      ])
    })
    test('a settings page of many sections, one button for all', () => {
      expect(
        visit()
          .open(
            '/settings',
            `<h1>Settings</h1><form method="post"><input type="hidden" name="csrf" value="abcdef1234"><h3>Site</h3><label for="a">Site name</label><input id="a" name="site_name" value="Acme"><h3>Mail</h3><label for="b">From address</label><input id="b" name="mail_from" value="a@acme.example"><input type="hidden" name="signup" value="0"><input type="checkbox" id="c" name="signup" value="1" checked><label for="c">Allow sign-up</label><label for="d">Roles</label><select id="d" name="roles[]" multiple><option value="1" selected>A</option><option value="2" selected>B</option></select><button>Save</button></form>`,
          )
          .post(
            '/settings',
            'csrf=abcdef1234&site_name=Acme&mail_from=b%40acme.example&signup=0&roles%5B%5D=2',
            { to: '/settings', html: saved },
          )
          .recorded(),
      ).toEqual([
        'update setting: /mail_from "a@acme.example" → "b@acme.example", /signup true → false, /roles ["1","2"] → ["2"]',
      ])
    })
    test('a row that is switched by a link with a token, and one that is deleted so', () => {
      const list = (state: string): string =>
        `<h1>Plugins</h1><table><tr><th>Name</th><th>Status</th></tr><tr><td>Backup</td><td>${state}</td><td><a href="/plugins/backup/disable?_token=abcdef1234">Disable</a> <a href="/plugins/backup/uninstall?_token=abcdef1234">Uninstall</a></td></tr></table>`
      expect(
        visit()
          .open('/plugins', list('enabled'))
          .follow('/plugins/backup/disable?_token=abcdef1234', {
            to: '/plugins',
            html: `${saved}${list('disabled')}`,
          })
          .recorded(),
      ).toEqual([expect.stringMatching(/^update plugin backup: .*(disabled|false)/)])
    })
    test('one form around a list: the button of one row', () => {
      expect(
        visit()
          .open(
            '/aliases',
            '<h1>Aliases</h1><form method="post" action="/aliases"><input type="hidden" name="token" value="abcdef1234"><table><tr><th>Address</th><th>Goes to</th></tr><tr><td>info@acme.example</td><td>ana</td><td><button name="delete[4]" value="1">Delete</button></td></tr><tr><td>sales@acme.example</td><td>bo</td><td><button name="delete[5]" value="1">Delete</button></td></tr></table></form>',
          )
          .post('/aliases', 'token=abcdef1234&delete%5B5%5D=1', {
            html: '<h1>Aliases</h1><p class="success">Alias deleted</p>',
          })
          .recorded(),
      ).toEqual(['delete alias 5'])
    })
    test('a wizard step that only carries its verb on is none; a save without id makes what its page lists afterwards', () => {
      expect(
        visit()
          .open(
            '/admin',
            '<h1>Administration</h1><form method="post" action="/admin"><input type="hidden" name="sid" value="abcdef12"><input type="hidden" name="op" value="add-printer"><input type="submit" value="Add Printer"></form>',
          )
          .post('/admin', 'sid=abcdef12&op=add-printer', {
            html: '<h2>Add Printer</h2><form method="post" action="/admin"><input type="hidden" name="sid" value="abcdef12"><input type="hidden" name="op" value="add-printer"><input type="radio" name="device" value="lpd"><input type="radio" name="device" value="ipp"><input type="submit" value="Continue"></form>',
          })
          .recorded(),
      ).toEqual([])
    })
    test('a button by itself opens the form that carries its words on; the form then changes', () => {
      const text = (value: string): string =>
        `<h1>Edit configuration</h1><form method="post" action="/admin"><input type="hidden" name="op" value="config-server"><textarea name="config">${value}</textarea><input type="submit" name="save" value="Save Changes"></form>`
      expect(
        visit()
          .open(
            '/admin',
            '<h1>Administration</h1><form method="post" action="/admin"><input type="hidden" name="op" value="config-server"><input type="submit" value="Edit Configuration File"></form>',
          )
          .post('/admin', 'op=config-server', { html: text('A 1') })
          .post('/admin', 'op=config-server&config=A+2&save=Save+Changes', { html: '<h1>Restarting</h1>' })
          .recorded(),
      ).toEqual([expect.stringMatching(/^update .*\/config "A 1" → "A 2"$/)])
    })
    test('a form whose token alone a script sent is not the form that was sent', () => {
      expect(
        visit()
          .open(
            '/hosts',
            '<h1>Hosts</h1><form method="post" action="/hosts"><input type="hidden" name="token" value="abcdef1234"><input type="checkbox" name="monitored" value="1" checked><input name="note" value="x"><button name="action" value="save">Save</button></form>',
          )
          .send('POST', '/hosts', 'token=abcdef1234&action=delete&host_id=4', { json: { success: true } })
          .recorded(),
      ).toEqual(['delete host 4'])
    })
    test('what an answer says to the page is no part of what was made', () => {
      const made = visit()
        .open(
          '/hooks/new',
          '<h1>New hook</h1><form method="post" action="/hooks"><label for="u">URL</label><input id="u" name="url" value=""><button>Create hook</button></form>',
        )
        .send('POST', '/hooks', 'url=https%3A%2F%2Fa.example', {
          json: { success: true, message: '<b>Created</b>', html: '<tr id="hook-9"></tr>' },
        })
        .drafts()
      expect(made.map(({ action, resourceType, after }) => ({ action, resourceType, after }))).toEqual([
        { action: 'create', resourceType: 'hook', after: { url: 'https://a.example' } },
      ])
    })
    test('a field by field editor answers with a word', () => {
      expect(
        visit()
          .open(
            '/contacts/9',
            '<h1>Contact</h1><span class="editable" data-pk="9" data-name="phone">1</span>',
          )
          .send('POST', '/contacts/update', 'name=phone&value=2&pk=9', { html: 'OK' })
          .recorded(),
      ).toEqual(['update contact 9: /phone undefined → "2"'])
    })
    test('forms on one page that differ in a hidden word alone', () => {
      const page = (wiki: string) =>
        `<form action="/ana/web/settings" method="post"><input type="hidden" name="_csrf" value="tok123"><input type="hidden" name="action" value="advanced"><label><input name="enable_wiki" type="checkbox" ${wiki}> Wiki</label><button>Update</button></form><form method="post" action="/ana/web/settings"><input type="hidden" name="_csrf" value="tok123"><input type="hidden" name="action" value="delete"><input name="repo_name" value=""></form>`
      expect(
        visit()
          .open('/ana/web/settings', page('checked'))
          .post('/ana/web/settings', '_csrf=tok123&action=advanced', {
            to: '/ana/web/settings',
            html: `${saved}${page('')}`,
          })
          .recorded(),
      ).toEqual(['update setting: /enable_wiki true → false'])
    })
    test('"Are you sure?" in a sentence, with a hidden mark for the answer', () => {
      const question =
        '<p>Are you sure you wish to delete "ana"?</p><form method="post" action="manage_user_delete.php"><input type="hidden" name="_confirmed" value="1"><input type="hidden" name="user_id" value="4"><input type="submit" value="Delete Account"></form>'
      expect(
        visit()
          .open(
            '/manage_user_edit_page.php?user_id=4',
            '<form method="post" action="manage_user_delete.php"><input type="hidden" name="user_id" value="4"><input type="submit" value="Delete User"></form>',
          )
          .post('/manage_user_delete.php', 'user_id=4', { html: question })
          .post('/manage_user_delete.php', '_confirmed=1&user_id=4', { html: saved })
          .recorded(),
      ).toEqual(['delete user 4'])
    })
    test('ids in the name of the form, in short words of the address, in the names of cells', () => {
      const edit = (extra: string, field: string, value: string) =>
        `<form method="post" ${extra}<label for="x">Town</label><input id="x" name="${field}" value="${value}"><input type="submit" value="Save"></form>`
      expect(
        visit()
          .open('/ana/web/edit', edit('action="/ana/web" id="edit_project_5">', 'project[town]', 'Bonn'))
          .post('/ana/web', 'project%5Btown%5D=Berlin', { to: '/ana/web/edit', html: saved })
          .open(
            '/firm/card.php?fid=12',
            edit(
              'action="/firm/card.php?fid=12"><input type="hidden" name="fid" value="12">',
              'town',
              'Bonn',
            ),
          )
          .post('/firm/card.php?fid=12', 'fid=12&town=Berlin', { to: '/firm/card.php?fid=12', html: saved })
          .open(
            '/record/edit?edit%5Bpages%5D%5B7%5D=edit',
            edit('action="/record/edit">', 'data[pages][7][town]', 'Bonn'),
          )
          .post('/record/edit', 'data%5Bpages%5D%5B7%5D%5Btown%5D=Berlin&_savedok=1', {
            to: '/record/edit?edit%5Bpages%5D%5B7%5D=edit',
            html: saved,
          })
          .recorded(),
      ).toEqual([
        'update project 5: /town "Bonn" → "Berlin"',
        'update firm 12: /town "Bonn" → "Berlin"',
        'update page 7: /town "Bonn" → "Berlin"',
      ])
    })
    test('a notice that the change is yet to be applied says that it was saved; fields called by the item; a section of its settings', () => {
      expect(
        visit()
          .open(
            '/rules_edit.php?id=2',
            '<form action="/rules_edit.php?id=2" method="post"><label>Descr <input name="descr" value="web"></label><button type="submit" name="save" value="Save">Save</button></form>',
          )
          .post('/rules_edit.php?id=2', 'descr=mail&save=Save', {
            to: '/rules.php',
            html: '<div class="alert alert-warning">The rules have been changed. The changes must be applied to take effect.</div>',
          })
          .open(
            '/admin/permissions/editor',
            '<form action="/admin/permissions/editor" method="post"><table><tr><td>Add pages</td><td><input type="checkbox" name="editor[add pages]" value="1"></td></tr></table><input type="submit" name="op" value="Save permissions"></form>',
          )
          .post('/admin/permissions/editor', 'editor%5Badd+pages%5D=1&op=Save+permissions', {
            to: '/admin/permissions/editor',
            html: saved,
          })
          .open(
            '/lists/a.x/settings/digest',
            '<form action="/lists/a.x/settings/digest" method="post"><label>Size <input name="size" value="3"></label><input type="submit" value="Save"></form>',
          )
          .post('/lists/a.x/settings/digest', 'size=5', { to: '/lists/a.x/settings/digest', html: saved })
          .recorded(),
      ).toEqual([
        'update rule 2: /descr "web" → "mail"',
        'update permission editor: /add pages false → true',
        'update list a.x: /size "3" → "5"',
      ])
    })
    test('a form of nothing but a token, sent by script, and an override beside a verb in the path', () => {
      const row =
        '<table><tr><td><a href="/users/show/5">Ben</a></td><td><form method="POST" action="/users/delete/5"><input name="csrf_token" type="hidden" value="abc"></form></td></tr></table>'
      expect(
        visit()
          .open('/users/list/', row)
          .post('/users/delete/5', 'csrf_token=abc', { to: '/users/list/', html: saved })
          .post('/users/6/restore', '_token=a&_method=PUT', { to: '/users/list/', html: saved })
          .recorded(),
      ).toEqual(['delete user 5', 'update user 6: /restored undefined → true'])
    })
    test('ticked boxes of one letter, a page with a name of its own, a thing whose name holds its kind, a summary of a new thing', () => {
      expect(
        visit()
          .open(
            '/acl/',
            '<form action="delete_users.cgi" method="post"><table><tr><td><input type="checkbox" name="d" value="ana"></td><td>ana</td></tr><tr><td><input type="checkbox" name="d" value="ben"></td><td>ben</td></tr></table><input type="submit" name="delete" value="Delete Selected"></form>',
          )
          .post('/acl/delete_users.cgi', 'd=ana&d=ben&delete=Delete+Selected', { to: '/acl/', html: saved })
          .open(
            '/wiki/StartPage?action=edit',
            '<h1>Editing StartPage</h1><form action="/wiki/StartPage" method="post"><input type="hidden" name="action" value="edit"><textarea name="text">Old</textarea><input type="submit" name="save" value="Save"></form>',
          )
          .post('/wiki/StartPage', 'action=edit&text=New&save=Save', { to: '/wiki/StartPage', html: saved })
          .open(
            '/milestone/milestone3?action=delete',
            '<h1>Delete milestone3</h1><form action="/milestone/milestone3" method="post"><input type="hidden" name="action" value="delete"><input type="submit" value="Delete milestone"></form>',
          )
          .post('/milestone/milestone3', 'action=delete', { to: '/roadmap', html: saved })
          .open(
            '/newticket',
            '<h1>Create New Ticket</h1><form action="/newticket" method="post"><label>Summary <input name="field_summary"></label><label>Text <textarea name="field_text"></textarea></label><input type="hidden" name="action" value="create"><input type="submit" name="submit" value="Create ticket"></form>',
          )
          .post('/newticket', 'field_summary=Stuck&field_text=Now&action=create&submit=Create+ticket', {
            to: '/ticket/5',
            html: saved,
          })
          .recorded(),
      ).toEqual([
        'delete user ana',
        'delete user ben',
        'update wiki StartPage: /text "Old" → "New"',
        'delete milestone milestone3',
        'create ticket 5: /field_summary "Stuck", /field_text "Now"',
      ])
    })
    test('a kind named behind the word for making it, an action chosen beside a button that only runs it, a thing that is managed by name', () => {
      const list = `<h1>Content</h1><form action="/admin/content" method="post"><select name="action"><option value="">Choose</option><option value="node_unpublish_action">Unpublish content</option></select><input type="submit" name="op" value="Execute"><table><tr><th></th><th>Title</th></tr>${[31, 17, 8].map((id, index) => `<tr><td><input type="checkbox" name="bulk_form[${index}]" value="${id}"></td><td>Report ${id}</td></tr>`).join('')}</table></form>`
      const menu = (on: boolean) =>
        `<h1>Main menu</h1><form action="/admin/structure/menu/manage/main-menu" method="post"><input type="checkbox" name="mlid:3[shown]" value="1" checked><input type="checkbox" name="mlid:4[shown]" value="1"${on ? ' checked' : ''}><input type="submit" name="op" value="Save configuration"></form>`
      expect(
        visit()
          .open(
            '/content/add/article',
            '<h1>Add content</h1><form action="/content/add/article" method="post"><label>Title <input name="title"></label><label>Tags <input name="tags"></label><input type="hidden" name="form_id" value="article_form"><input type="submit" name="op" value="Save"></form>',
          )
          .post('/content/add/article', 'title=Valve&tags=pumps&form_id=article_form&op=Save', {
            to: '/articles/valve',
            html: saved,
          })
          .open('/admin/content', list)
          .post(
            '/admin/content',
            'action=node_unpublish_action&op=Execute&bulk_form%5B1%5D=17&bulk_form%5B2%5D=8',
            { to: '/admin/content', html: saved },
          )
          .open('/admin/structure/menu/manage/main-menu', menu(true))
          .post('/admin/structure/menu/manage/main-menu', 'mlid%3A3%5Bshown%5D=1&op=Save+configuration', {
            to: '/admin/structure/menu/manage/main-menu',
            html: saved + menu(false),
          })
          .open(
            '/user/2/cancel',
            '<h1>Are you sure?</h1><form action="/user/2/cancel" method="post"><input type="hidden" name="form_id" value="user_cancel"><input type="submit" name="op" value="Cancel account"></form>',
          )
          .post('/user/2/cancel', 'form_id=user_cancel&op=Cancel+account', { to: '/users', html: saved })
          .recorded(),
      ).toEqual([
        'create article Valve: /title "Valve", /tags "pumps"',
        'update node 17: /status undefined → "draft"',
        'update node 8: /status undefined → "draft"',
        'update menu main-menu: /mlid:4/shown true → false',
        'update account 2: /canceled undefined → true',
      ])
    })
    test('a tracker: a new name beside the old, a script that takes what is new, a menu of saved lists, a question before a deletion', () => {
      const menu =
        '<ul><li id="links-saved"><ul><li><a href="list.cgi?named=mine">My tickets</a></li></ul></li></ul>'
      const edit = `<h1>Edit component</h1><form action="editcomponents.cgi" method="post"><label>Component <input name="component" value="Pumps"></label><label>Description <input name="description" value="All"></label><select name="resolution"><option value="FIXED">Fixed</option></select><input type="hidden" name="action" value="update"><input type="hidden" name="componentold" value="Pumps"><input type="submit" value="Save"></form>${menu}`
      expect(
        visit()
          .open('/editcomponents.cgi?action=edit&component=Pumps', edit)
          .post(
            '/editcomponents.cgi',
            'component=Pumps+and+valves&description=All&resolution=&action=update&componentold=Pumps',
            { html: `<div id="message">The component has been updated.</div>${menu}` },
          )
          .open(
            '/enter_ticket.cgi',
            '<h1>Enter ticket</h1><form action="post_ticket.cgi" method="post"><label>Summary <input name="short_desc"></label><label>Text <textarea name="comment"></textarea></label><label>Severity <select name="severity"><option selected>normal</option><option>critical</option></select></label><input type="submit" value="Submit ticket"></form>' +
              menu,
          )
          .post('/post_ticket.cgi', 'short_desc=Stuck&comment=Now&severity=critical', {
            html: `<title>Ticket 1 submitted</title>${menu}`,
          })
          .follow('/editcomponents.cgi?action=del&component=Hoses', {
            html: `<p>Do you really want to delete this component?</p><form method="post" action="editcomponents.cgi"><input type="submit" value="Yes, delete"><input type="hidden" name="action" value="delete"><input type="hidden" name="component" value="Hoses"></form>${menu}`,
          })
          .open(
            '/editcomponents.cgi?action=add',
            '<form action="editcomponents.cgi" method="post"><input name="component"><input name="description"><input type="hidden" name="action" value="new"><input type="submit" value="Add"></form>',
          )
          .post('/editcomponents.cgi', 'component=Pumps&description=Twice&action=new', {
            html: `<title>Component Already Exists</title><div id="error_msg" class="throw_error">There is a component named Pumps.</div>${menu}`,
          })
          .recorded(),
      ).toEqual([
        'update component Pumps: /component "Pumps" → "Pumps and valves"',
        'create ticket: /short_desc "Stuck", /comment "Now", /severity "critical"',
      ])
    })
    test('of a matrix too long to be read whole, no box beyond its end is said to have been ticked', () => {
      const boxes = Array.from({ length: 700 }, (_, index) => `staff[right ${index}]`)
      const fields = boxes.filter((_, index) => index > 0 && index % 2 === 0)
      expect(
        visit()
          .open(
            '/admin/permissions',
            `<h1>Permissions</h1><form action="/admin/permissions" method="post">${boxes.map((name, index) => `<input type="checkbox" name="${name}" value="1"${index % 2 === 0 ? ' checked' : ''}>`).join('')}<input type="submit" name="op" value="Save permissions"></form>`,
          )
          .post(
            '/admin/permissions',
            [...fields.map((name) => `${encodeURIComponent(name)}=1`), 'op=Save+permissions'].join('&'),
            { to: '/admin/permissions', html: saved },
          )
          .recorded(),
      ).toEqual(['update staff: /right 0 true → false'])
    })
    test('a form that saves by GET, and a search that is asked by POST', () => {
      const edit = (id: string, host: string, port: string) =>
        `<form action="save_serv.cgi"><input type="hidden" name="new" value="${id === '' ? 1 : ''}"><input type="hidden" name="id" value="${id}"><label>Host <input name="host" value="${host}"></label><label>Port <input name="port" value="${port}"></label><input type="submit" name="save" value="Save"></form>`
      expect(
        visit()
          .open('/servers/edit_serv.cgi?id=17', edit('17', 'a.example', '80'))
          .follow('/servers/save_serv.cgi?new=&id=17&host=a.example&port=443&save=Save', {
            to: '/servers/',
            html: '<h1>Servers</h1>',
          })
          .open(
            '/query',
            '<form action="/query" method="post"><input type="checkbox" name="status" value="new"><input type="checkbox" name="col" value="id"><select name="order"><option>priority</option></select><input type="submit" name="update" value="Update"></form>',
          )
          .post('/query', 'status=new&col=id&order=priority&update=Update', {
            to: '/query?status=new&col=id&order=priority',
            html: '<h1>Custom query</h1>',
          })
          .recorded(),
      ).toEqual(['update serv 17: /port "80" → "443"'])
    })
    test('a noun and its verb with nothing between them, and a page whose address says which one', () => {
      const edit =
        '<h1>Gates</h1><form action="/gateedit" method="post"><label for="w">Width</label><input id="w" name="width" value="80"><label for="n">Note</label><input id="n" name="note" value="north"><input type="submit" value="Save"></form>'
      expect(
        visit()
          .open('/gateedit/17', edit)
          .post('/gateedit', 'width=90&note=north', { to: '/gatelist', html: saved })
          .recorded(),
      ).toEqual(['update gate 17: /width "80" → "90"'])
    })
    test('words that only end like a verb are nouns', () => {
      const edit =
        '<h1>Store credit</h1><form action="/storecredit/4" method="post"><label for="a">Amount</label><input id="a" name="amount" value="5"><label for="n">Note</label><input id="n" name="note" value="gift"><input type="submit" value="Save"></form>'
      expect(
        visit()
          .open('/storecredit/4', edit)
          .post('/storecredit/4', 'amount=6&note=gift', { to: '/storecredit/4', html: saved })
          .recorded(),
      ).toEqual([expect.stringMatching(/^update storecredit 4: \/amount "5" → "6"$/)])
    })
  })
}

describe('names that mislead', () => {
  const form = { requestHeaders: { 'content-type': 'application/x-www-form-urlencoded' } }
  const fields = (values: Record<string, string>) => new URLSearchParams(values).toString()
  const sent = (location: string) => ({
    ...form,
    type: 'document',
    status: 302,
    responseHeaders: { location },
  })
  const page = (inner: string) => `<html><body>${inner}</body></html>`

  test('a button that saves and does more, and a value that proves a deletion', () => {
    expect(
      visit()
        .get(
          '/course/edit.php?id=4',
          page(
            '<form action="/course/edit.php" method="post"><input type="hidden" name="sesskey" value="abCDef1234"><input type="hidden" name="id" value="4"><label>Name <input name="fullname" value="Math"></label><input type="submit" name="saveanddisplay" value="Save and display"></form>',
          ),
        )
        .send(
          'POST',
          '/course/edit.php',
          fields({ sesskey: 'abCDef1234', id: '4', fullname: 'Maths', saveanddisplay: 'Save and display' }),
          '',
          sent('/course/view.php?id=4'),
        )
        .get('/course/view.php?id=4', page('<h1>Maths</h1>'))
        .recorded(),
    ).toEqual(['update course 4: /fullname "Math" → "Maths"'])
    expect(
      visit()
        .send(
          'POST',
          '/course/delete.php',
          fields({ id: '4', delete: '0a9f3b', sesskey: 'abCDef1234' }),
          page('<p class="alert-success">Deleted</p>'),
          { ...form, type: 'document' },
        )
        .recorded(),
    ).toEqual(['delete course 4'])
  })

  test('a value that is called like plumbing but is seen, a page told in the query, the title in its header', () => {
    expect(
      visit()
        .get(
          '/admin/?exec=article_edit&id_article=4',
          page(
            '<form method="post" action="/admin/?exec=article_edit&amp;id_article=4"><input type="hidden" name="id_article" value="4"><label>Title <input name="data[header][title]" value="Home"></label><label>Format <select name="format"><option selected>A4</option><option>A5</option></select></label><input type="submit" name="save" value="Save"></form>',
          ),
        )
        .send(
          'POST',
          '/admin/?exec=article_edit&id_article=4',
          fields({ id_article: '4', 'data[header][title]': 'Start', format: 'A5', save: 'Save' }),
          '',
          sent('/admin/?exec=article&id_article=4'),
        )
        .get('/admin/?exec=article&id_article=4', page('<h1>Start</h1>'))
        .recorded(),
    ).toEqual(['update article 4: /header/title "Home" → "Start", /format "A4" → "A5"'])
  })

  test('a method in the query with its parameters as fields, and a refusal that is called stat', () => {
    const call = (method: string, values: Record<string, string>, answer: object) =>
      [
        'POST',
        `/ws.php?format=json&method=${method}`,
        fields(values),
        answer,
        { ...form, type: 'xhr' },
      ] as const
    expect(
      visit()
        .send(...call('shop.images.setInfo', { image_id: '5', name: 'Sun' }, { stat: 'ok', result: null }))
        .send(...call('shop.categories.delete', { category_id: '3' }, { stat: 'ok', result: null }))
        .send(
          ...call('shop.users.setInfo', { user_id: '2', level: '8' }, { stat: 'fail', message: 'Denied' }),
        )
        .recorded(),
    ).toEqual([
      'update image 5: /name ? → "Sun"',
      'delete category 3',
      expect.stringMatching(/^refused update user 2/),
    ])
  })
})

test('a form of one user lists groups that another page showed as rows: they are picked for that user', () => {
  const rows = [8, 9]
    .map((id) => `<tr><td><a href="/console.php?action=group.edit&groupid=${id}">Group ${id}</a></td></tr>`)
    .join('')
  const form = (name: string): string =>
    `<form method="post" action="/console.php"><input type="hidden" name="userid" value="2"><label>Name <input name="name" value="${name}"></label><input type="hidden" name="user_groups[]" value="8"><input type="hidden" name="user_groups[]" value="9"><button name="action" value="user.update">Update</button></form><table><thead><tr><th>Group</th></tr></thead><tbody>${rows}</tbody></table>`
  expect(
    session()
      .open('/console.php?action=user.edit&userid=2', form(''))
      .post('/console.php', 'userid=2&name=Visitor&user_groups[]=8&user_groups[]=9&action=user.update', {
        to: '/console.php?action=user.list',
        html: '<p role="status">User updated</p>',
      })
      .recorded(),
  ).toEqual(['update user 2: /name "" → "Visitor"'])
})

test('a page that sends its messages on by itself changes nothing, though it left before it was read', () => {
  const token = 'NTBjMDA1ZjhiMDkyOGRlZGZkY2MzODZjNzQyMmRlODc4ZjBmZjc2'
  expect(
    session()
      .open(
        '/console.php?action=gui.edit',
        '<form method="post"><input name="limit" value="5"><button>Update</button></form><form><input name="q"></form>',
      )
      .post('/console.php?action=gui.edit', `formdata=&sign=${token}&data=${token}`, {
        html: '<p>Updated</p>',
        isHidden: true,
      })
      .recorded(),
  ).toEqual([])
})

test('a button that saves and goes elsewhere names no resource', () => {
  const form =
    '<form method="post" action="/panel/editsensor"><input type="hidden" name="sensor" value="lid"><label>Range <input name="range" value="5"></label><input type="submit" name="submit_stay" value="Save and stay"><input type="submit" name="submit_return" value="Save and return"></form>'
  expect(
    session()
      .open('/panel/editsensor?sensor=lid', form)
      .post('/panel/editsensor', 'sensor=lid&range=7&submit_return=Save+and+return', {
        to: '/panel/sensors',
        html: '<h1>Sensors</h1>',
      })
      .recorded(),
  ).toEqual(['update sensor lid: /range "5" → "7"'])
})

test('the settings of an extension are settings, and a box ticked for good in a list is not taken away', () => {
  const form =
    '<form method="post" action="/tools/all/mailer/settings"><input type="hidden" name="sent" value="1"><label>Retries <input name="retries" value="3"></label><label><input type="checkbox" name="plugin" value="core" checked disabled> Core</label><label><input type="checkbox" name="plugin" value="spell"> Spelling</label><input type="submit" value="Save"></form>'
  expect(
    session()
      .open('/tools/all/mailer/settings', form)
      .post('/tools/all/mailer/settings', 'sent=1&retries=4', {
        to: '/tools/all/mailer/settings',
        html: form,
      })
      .recorded(),
  ).toEqual(['update setting: /retries "3" → "4"'])
})

test('a thing by its name, behind what it is in: in a link, and in a form that repeats the address', () => {
  const form =
    '<form method="post" action="/panel/editsensor"><input type="hidden" name="site" value="north"><input type="hidden" name="hall" value="two"><input type="hidden" name="name" value="#lid"><label>Range <input name="range" value="5"></label><input type="submit" value="Save"></form>'
  expect(
    session()
      .open('/panel/editsensor?site=north&hall=two&name=%23lid', form)
      .post('/panel/editsensor', 'site=north&hall=two&name=%23lid&range=7', {
        to: '/panel/edithall?site=north&hall=two',
        html: '<h1>Hall two</h1><a href="delsensor?site=north&hall=two&name=%23lid">Del</a>',
      })
      .follow('/panel/delsensor?site=north&hall=two&name=%23lid', {
        to: '/panel/edithall?site=north&hall=two',
        html: '<h1>Hall two</h1>',
      })
      .recorded(),
  ).toEqual(['update sensor #lid: /range "5" → "7"', 'delete sensor #lid'])
})

test('two lists between which options are moved: what was in the one is the old value, though nothing in it was marked', () => {
  const form =
    '<h1>Change gate</h1><form method="post" action="/gates/17/"><label>Name <input name="name" value="north"></label><select multiple name="tags_old"><option value="3">lab</option></select><select multiple name="tags"><option value="1">core</option><option value="2">edge</option></select><input type="submit" value="Save"></form>'
  const after = (body: string) =>
    session().open('/gates/17/', form).post('/gates/17/', body, { to: '/gates/', html: saved }).recorded()
  expect(after('name=north&tags=1&tags=2&tags=3')).toEqual([
    expect.stringMatching(/^update gate 17: \/tags\S* (undefined|\["1","2"\]) → ("3"|\["1","2","3"\])$/),
  ])
  expect(after('name=south&tags=1&tags=2')).toEqual(['update gate 17: /name "north" → "south"'])
})
