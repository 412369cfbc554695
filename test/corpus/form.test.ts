/** Shapes of server-rendered apps, one recording each. Every one runs twice: in one recorder, and with a new one on each page. */
import { describe, expect, test } from 'vitest'
import { session } from './session.ts'

for (const acrossPages of [false, true]) {
  const visit = () => session({ acrossPages })
  describe(acrossPages ? 'over the memory between pages' : 'in one recorder', () => {
    describe('admin of models (add, change, delete with confirmation, bulk actions)', () => {
      const frame = (inner: string): string =>
        `<div id="header"><div id="user-tools">Welcome, <strong>admin</strong>. <a href="/password_change/">Change password</a> / <form id="logout-form" method="post" action="/admin/logout/"><input type="hidden" name="csrfmiddlewaretoken" value="x"><button type="submit">Log out</button></form></div></div><div id="content">${inner}</div>`
      const change = (username: string, email: string, staff: string, notice = ''): string =>
        frame(
          `${notice}<h1>Change user</h1><form method="post" id="user_form"><input type="hidden" name="csrfmiddlewaretoken" value="tok1"><div class="form-row"><label class="required" for="id_username">Username:</label><input type="text" name="username" value="${username}" id="id_username"></div><div class="form-row"><label for="id_email">Email address:</label><input type="email" name="email" value="${email}" id="id_email"></div><div class="form-row"><input type="checkbox" name="is_staff" id="id_is_staff" ${staff}><label class="vCheckboxLabel" for="id_is_staff">Staff status</label></div><select name="groups" id="id_groups" multiple><option value="1" selected>Editors</option><option value="2">Viewers</option></select><input type="text" name="date_joined_0" value="2026-01-01"><input type="hidden" name="initial-date_joined_0" value="2026-01-01"><div class="submit-row"><input type="submit" value="Save" name="_save"><a href="/admin/auth/user/3/delete/" class="deletelink">Delete</a><input type="submit" value="Save and add another" name="_addanother"><input type="submit" value="Save and continue editing" name="_continue"></div></form>`,
        )
      const list = (notice: string): string =>
        frame(
          `<ul class="messagelist">${notice}</ul><h1>Select user to change</h1><form id="changelist-form" method="post"><input type="hidden" name="csrfmiddlewaretoken" value="t"><select name="action"><option value="" selected>---------</option><option value="delete_selected">Delete selected users</option></select><input type="hidden" name="select_across" value="0"><button type="submit" title="Run the selected action" name="index" value="0">Go</button><table id="result_list"><thead><tr><th></th><th>Username</th><th>Email</th></tr></thead><tbody><tr><td class="action-checkbox"><input type="checkbox" name="_selected_action" value="3"></td><th class="field-username"><a href="/admin/auth/user/3/change/">ana</a></th><td>ana@acme.example</td></tr><tr><td><input type="checkbox" name="_selected_action" value="4"></td><th><a href="/admin/auth/user/4/change/">bo</a></th><td>bo@acme.example</td></tr></tbody></table></form>`,
        )
      const success = '<li class="success">The user was changed successfully.</li>'

      test('a change is about the fields that differ', () => {
        const recorded = visit()
          .open('/admin/auth/user/3/change/', change('ana', 'ana@acme.example', 'checked'))
          .post(
            '/admin/auth/user/3/change/',
            'csrfmiddlewaretoken=tok1&username=ana&email=ana%40new.example&groups=1&groups=2&date_joined_0=2026-01-01&initial-date_joined_0=2026-01-01&_save=Save',
            { to: '/admin/auth/user/', html: list(success) },
          )
        expect(recorded.recorded()).toEqual([
          'update user 3: /email "ana@acme.example" → "ana@new.example", /is_staff true → false, /groups ["1"] → ["1","2"]',
        ])
        expect(recorded.drafts()[0]?.changes.map(({ label }) => label)).toEqual([
          'Email address',
          'Staff status',
          'Groups',
        ])
        expect(recorded.drafts()[0]).toMatchObject({ account: 'admin', resourceName: 'ana' })
      })
      test('a refused change is none, the correction after it starts from the first values', () => {
        expect(
          visit()
            .open('/admin/auth/user/3/change/', change('ana', 'ana@acme.example', ''))
            .post(
              '/admin/auth/user/3/change/',
              'username=ana&email=nope&groups=1&date_joined_0=2026-01-01&_save=Save',
              {
                html: change('ana', 'nope', '', '<p class="errornote">Please correct the error below.</p>'),
              },
            )
            .post(
              '/admin/auth/user/3/change/',
              'username=ana&email=ana%40new.example&groups=1&date_joined_0=2026-01-01&_save=Save',
              {
                to: '/admin/auth/user/',
                html: list(success),
              },
            )
            .recorded(),
        ).toEqual(['update user 3: /email "ana@acme.example" → "ana@new.example"'])
      })
      test('an addition takes its id from the redirect or the list', () => {
        expect(
          visit()
            .open(
              '/admin/blog/category/add/',
              frame(
                '<h1>Add category</h1><form method="post" id="category_form"><label for="id_title">Title:</label><input type="text" name="title" id="id_title"><label for="id_slug">Slug:</label><input name="slug" id="id_slug"><input type="submit" value="Save" name="_save"><input type="submit" value="Save and continue editing" name="_continue"></form>',
              ),
            )
            .post(
              '/admin/blog/category/add/',
              'title=Travel&slug=travel&_continue=Save+and+continue+editing',
              {
                to: '/admin/blog/category/7/change/',
                html: frame(
                  '<ul class="messagelist"><li class="success">The category “Travel” was added successfully.</li></ul><h1>Change category</h1>',
                ),
              },
            )
            .recorded(),
        ).toEqual(['create category 7: /title "Travel", /slug "travel"'])
      })
      test('a deletion happens at the confirmation and not before', () => {
        expect(
          visit()
            .open('/admin/auth/user/', list(''))
            .follow('/admin/auth/user/3/delete/', {
              html: frame(
                '<h1>Are you sure?</h1><p>Are you sure you want to delete the user "ana"?</p><form method="post"><input type="hidden" name="csrfmiddlewaretoken" value="t"><input type="hidden" name="post" value="yes"><input type="submit" value="Yes, I’m sure"></form>',
              ),
            })
            .post('/admin/auth/user/3/delete/', 'csrfmiddlewaretoken=t&post=yes', {
              to: '/admin/auth/user/',
              html: list('<li class="success">The user “ana” was deleted successfully.</li>'),
            })
            .recorded(),
        ).toEqual(['delete user 3'])
      })
      test('a bulk deletion asks on first', () => {
        const confirm = frame(
          '<h1>Are you sure?</h1><p>Are you sure you want to delete the selected users?</p><form method="post"><input type="hidden" name="csrfmiddlewaretoken" value="t"><input type="hidden" name="_selected_action" value="3"><input type="hidden" name="_selected_action" value="4"><input type="hidden" name="action" value="delete_selected"><input type="hidden" name="post" value="yes"><input type="submit" value="Yes, I’m sure"></form>',
        )
        expect(
          visit()
            .open('/admin/auth/user/', list(''))
            .post(
              '/admin/auth/user/',
              'csrfmiddlewaretoken=t&action=delete_selected&select_across=0&index=0&_selected_action=3&_selected_action=4',
              { html: confirm },
            )
            .post(
              '/admin/auth/user/',
              'csrfmiddlewaretoken=t&_selected_action=3&_selected_action=4&action=delete_selected&post=yes',
              {
                to: '/admin/auth/user/',
                html: list('<li class="success">Successfully deleted 2 users.</li>'),
              },
            )
            .recorded(),
        ).toEqual(['delete user 3', 'delete user 4'])
      })
      test('signing out and searching are nothing', () => {
        expect(
          visit()
            .open('/admin/auth/user/', list(''))
            .follow('/admin/auth/user/?q=ana', { html: list('') })
            .post('/admin/logout/', 'csrfmiddlewaretoken=x', { html: '<h1>Logged out</h1>' })
            .recorded(),
        ).toEqual([])
      })
    })

    describe('resourceful routes (bracket names, _method, hidden 0 before a box)', () => {
      const frame = (inner: string): string =>
        `<div id="top-menu"><div id="account"><ul><li><a class="my-account" href="/my/account">My account</a></li><li><a rel="nofollow" data-method="post" class="logout" href="/logout">Sign out</a></li></ul></div><div id="loggedas">Logged in as <a class="user active" href="/users/1">admin</a></div></div><div id="main"><div id="content">${inner}</div></div>`
      const edit = (flash = '', login = 'ana'): string =>
        frame(
          `${flash}<h2>${login}</h2><form class="edit_user" id="edit_user_5" action="/users/5" accept-charset="UTF-8" method="post"><input type="hidden" name="_method" value="patch"><input type="hidden" name="authenticity_token" value="abc=="><input name="utf8" type="hidden" value="&#x2713;"><p><label for="user_firstname">First name<span class="required"> *</span></label><input type="text" value="Ana" name="user[firstname]" id="user_firstname"></p><p><label for="user_mail">Email</label><input type="text" value="ana@acme.example" name="user[mail]" id="user_mail"></p><p><label for="user_admin">Administrator</label><input name="user[admin]" type="hidden" value="0"><input type="checkbox" value="1" name="user[admin]" id="user_admin"></p><p><label>Language</label><select name="user[language]"><option value="en" selected>English</option><option value="de">German</option></select></p><p><input type="hidden" name="user[group_ids][]" value=""><label><input type="checkbox" name="user[group_ids][]" value="1" checked> Devs</label><label><input type="checkbox" name="user[group_ids][]" value="2"> Ops</label></p><input type="submit" name="commit" value="Save"></form>`,
        )
      test('PATCH by _method', () => {
        expect(
          visit()
            .open('/users/5/edit', edit())
            .post(
              '/users/5',
              '_method=patch&authenticity_token=abc%3D%3D&utf8=%E2%9C%93&user%5Bfirstname%5D=Anna&user%5Bmail%5D=ana%40acme.example&user%5Badmin%5D=0&user%5Badmin%5D=1&user%5Blanguage%5D=de&user%5Bgroup_ids%5D%5B%5D=&user%5Bgroup_ids%5D%5B%5D=1&commit=Save',
              {
                to: '/users/5/edit',
                html: edit('<div class="flash notice" id="flash_notice">Successful update.</div>'),
              },
            )
            .recorded(),
        ).toEqual(['update user 5: /firstname "Ana" → "Anna", /admin false → true, /language "en" → "de"'])
      })
      test('a refusal shows the form again, by 200 or 422', () => {
        for (const status of [200, 422])
          expect(
            visit()
              .open('/users/5/edit', edit())
              .post(
                '/users/5',
                '_method=patch&user%5Bfirstname%5D=&user%5Bmail%5D=ana%40acme.example&user%5Badmin%5D=0&commit=Save',
                {
                  status,
                  html: edit('<div id="errorExplanation"><ul><li>First name cannot be blank</li></ul></div>'),
                },
              )
              .recorded(),
          ).toEqual([])
      })
      test('POST to the collection creates; the id is in the redirect', () => {
        expect(
          visit()
            .open(
              '/projects/site/issues/new',
              frame(
                '<h2>New issue</h2><form class="new_issue" action="/projects/site/issues" method="post"><input type="hidden" name="authenticity_token" value="abc"><p><label for="issue_tracker_id">Tracker</label><select name="issue[tracker_id]" id="issue_tracker_id"><option value="1" selected>Bug</option></select></p><p><label for="issue_subject">Subject</label><input type="text" name="issue[subject]" id="issue_subject" value=""></p><p><label for="issue_description">Description</label><textarea name="issue[description]" id="issue_description"></textarea></p><input type="submit" name="commit" value="Create"><input type="submit" name="continue" value="Create and add another"></form>',
              ),
            )
            .post(
              '/projects/site/issues',
              'authenticity_token=abc&issue%5Btracker_id%5D=1&issue%5Bsubject%5D=Login+broken&issue%5Bdescription%5D=It+is&commit=Create',
              {
                to: '/issues/12',
                html: frame('<div class="flash notice">Issue #12 created.</div><h2>Bug #12</h2>'),
              },
            )
            .recorded(),
        ).toEqual(['create issue 12: /tracker_id "1", /subject "Login broken", /description "It is"'])
      })
      test('DELETE by a form made by script', () => {
        expect(
          visit()
            .open(
              '/groups',
              frame(
                '<h2>Groups</h2><table><tr><th>Group</th><th>Users</th></tr><tr id="group-9"><td class="name"><a href="/groups/9/edit">Ops</a></td><td>3</td></tr></table>',
              ),
            )
            .post('/groups/9', '_method=delete&authenticity_token=abc', {
              to: '/groups',
              html: frame('<h2>Groups</h2>'),
            })
            .drafts()
            .map(({ action, resourceType, resourceId, resourceName }) => [
              action,
              resourceType,
              resourceId,
              resourceName,
            ]),
        ).toEqual([['delete', 'group', '9', 'Ops']])
      })
      test('settings under one root', () => {
        const settings = (flash = ''): string =>
          frame(
            `${flash}<h2>Settings</h2><form action="/settings/edit?tab=general" method="post"><p><label for="settings_app_title">Application title</label><input type="text" name="settings[app_title]" id="settings_app_title" value="Redmine"></p><p><label for="t">Session maximum lifetime</label><select name="settings[session_lifetime]" id="t"><option value="0" selected>disabled</option><option value="1440">1 day</option></select></p><input type="submit" value="Save"></form>`,
          )
        expect(
          visit()
            .open('/settings', settings())
            .post(
              '/settings/edit?tab=general',
              'authenticity_token=abc&settings%5Bapp_title%5D=Tracker&settings%5Bsession_lifetime%5D=1440',
              {
                to: '/settings?tab=general',
                html: settings('<div class="flash notice">Successful update.</div>'),
              },
            )
            .recorded(),
        ).toEqual(['update setting: /app_title "Redmine" → "Tracker", /session_lifetime "0" → "1440"'])
      })
    })

    describe('CGI wizards', () => {
      const page = (heading: string, inner: string): string =>
        `<div class="header"><a href="/admin">Administration</a></div><h1>CUPS</h1><h2 class="title">${heading}</h2><div class="indent">${inner}</div>`
      test('only the last step is a change, with what the steps before chose', () => {
        const recorded = visit()
          .open(
            '/admin',
            page(
              'Administration',
              '<form action="/admin" method="post"><input type="hidden" name="org.cups.sid" value="s"><input type="hidden" name="OP" value="add-printer"><input type="submit" value="Add Printer"></form>',
            ),
          )
          .post('/admin', 'org.cups.sid=s&OP=add-printer', {
            html: page(
              'Add Printer',
              '<form action="/admin" method="post"><input type="hidden" name="org.cups.sid" value="s"><input type="hidden" name="OP" value="add-printer"><table><tr><th class="label">Connection:</th><td><input type="text" name="DEVICE_URI" value=""></td></tr><tr><td></td><td><input type="submit" value="Continue"></td></tr></table></form>',
            ),
          })
          .post('/admin', 'org.cups.sid=s&OP=add-printer&DEVICE_URI=ipp%3A%2F%2F10.0.0.9', {
            html: page(
              'Add Printer',
              '<form action="/admin" method="post"><input type="hidden" name="org.cups.sid" value="s"><input type="hidden" name="OP" value="add-printer"><input type="hidden" name="DEVICE_URI" value="ipp://10.0.0.9"><table><tr><th class="label">Name:</th><td><input type="text" name="PRINTER_NAME" value=""></td></tr><tr><th class="label">Location:</th><td><input type="text" name="PRINTER_LOCATION" value=""></td></tr><tr><th>Sharing:</th><td><input type="checkbox" name="PRINTER_IS_SHARED"> Share This Printer</td></tr></table><input type="submit" value="Add Printer"></form>',
            ),
          })
          .post(
            '/admin',
            'org.cups.sid=s&OP=add-printer&DEVICE_URI=ipp%3A%2F%2F10.0.0.9&PRINTER_NAME=lobby&PRINTER_LOCATION=Hall',
            {
              html: page(
                'Add Printer',
                '<p>Printer <a href="/printers/lobby">lobby</a> has been added successfully.</p>',
              ),
            },
          )
        expect(recorded.recorded()).toEqual([
          'create printer lobby: /DEVICE_URI "ipp://10.0.0.9", /PRINTER_NAME "lobby", /PRINTER_LOCATION "Hall"',
        ])
      })
      test('a failing last step is none', () => {
        expect(
          visit()
            .open(
              '/admin',
              page(
                'Add Printer',
                '<form action="/admin" method="post"><input type="hidden" name="OP" value="add-printer"><input type="text" name="PRINTER_NAME" value=""><input type="submit" value="Add Printer"></form>',
              ),
            )
            .post('/admin', 'OP=add-printer&PRINTER_NAME=a+b', {
              html: page(
                'Add Printer Error',
                '<p>Unable to add printer:</p><blockquote>The printer name may only contain up to 127 printable characters.</blockquote>',
              ),
            })
            .recorded(),
        ).toEqual([])
      })
      test('a deletion that asks first', () => {
        expect(
          visit()
            .open(
              '/printers/lobby',
              page(
                'lobby',
                '<form action="/admin" method="post"><select name="OP"><option value="" selected>Administration</option><option value="modify-printer">Modify Printer</option><option value="delete-printer">Delete Printer</option></select><input type="hidden" name="printer_name" value="lobby"><input type="submit" value="Go"></form>',
              ),
            )
            .post('/admin', 'OP=delete-printer&printer_name=lobby', {
              html: page(
                'Delete Printer lobby',
                '<p><b>Warning:</b> Are you sure you want to delete printer lobby?</p><form action="/admin" method="post"><input type="hidden" name="OP" value="delete-printer"><input type="hidden" name="printer_name" value="lobby"><input type="hidden" name="confirm" value="1"><input type="submit" value="Delete Printer"></form>',
              ),
            })
            .post('/admin', 'OP=delete-printer&printer_name=lobby&confirm=1', {
              html: page('Delete Printer lobby', '<p>Printer lobby has been deleted successfully.</p>'),
            })
            .recorded(),
        ).toEqual(['delete printer lobby'])
      })
    })

    describe('one page, one form, no redirect', () => {
      const list = (subject: string, max: string, notice = ''): string =>
        `${notice}<h2>staff mailing list administration<br>General Options Section</h2><form action="../admin/staff/general" method="post"><input type="hidden" name="csrf_token" value="1:2"><table><tr><td colspan=2><h3>General list personality</h3></td></tr><tr><td><div>Prefix for subject line of list postings.<br><a href="?VARHELP=general/subject_prefix">(Details for subject_prefix)</a></div></td><td><input type="TEXT" name="subject_prefix" value="${subject}"></td></tr><tr><td>Maximum length in kilobytes (KB) of a message body.</td><td><input type="text" name="max_message_size" value="${max}"></td></tr><tr><td>Send mail to poster when their posting is held?</td><td><input type="radio" name="respond_to_post_requests" value="0">No <input type="radio" name="respond_to_post_requests" value="1" checked>Yes</td></tr></table><input type="submit" name="submit" value="Submit Your Changes"></form>`
      test('the form back with the new values is an acceptance', () => {
        expect(
          visit()
            .open('/mailman/admin/staff/general', list('[Staff] ', '40'))
            .post(
              '/mailman/admin/staff/general',
              'csrf_token=1%3A2&subject_prefix=%5BTeam%5D+&max_message_size=40&respond_to_post_requests=0&submit=Submit+Your+Changes',
              { html: list('[Team] ', '40') },
            )
            .recorded(),
        ).toEqual([
          expect.stringMatching(
            /^update .*: \/subject_prefix "\[Staff\] " → "\[Team\] ", \/respond_to_post_requests "1" → "0"$/,
          ),
        ])
      })
      test('with an error in plain markup it is a refusal', () => {
        expect(
          visit()
            .open('/mailman/admin/staff/general', list('[Staff] ', '40'))
            .post(
              '/mailman/admin/staff/general',
              'subject_prefix=%5BStaff%5D+&max_message_size=x&respond_to_post_requests=1&submit=Submit+Your+Changes',
              {
                html: list(
                  '[Staff] ',
                  '40',
                  '<h3><strong><font color="#ff0000" size="+2">Error: </font></strong>Bad value for variable: max_message_size</h3>',
                ),
              },
            )
            .recorded(),
        ).toEqual([])
      })
    })

    describe('one script for everything', () => {
      const hosts = (notice = ''): string =>
        `${notice}<div class="cactiPageHead">Logged in as <b>admin</b> (<a href="/logout.php">Logout</a>)</div><form id="chk" action="host.php" method="post"><table><tr class="tableHeader"><th>Device Description</th><th>Hostname</th><th>Status</th><th></th></tr><tr id="line4"><td><a href="host.php?action=edit&id=4">core switch</a></td><td>10.0.0.4</td><td>Up</td><td><input type="checkbox" name="chk_4" id="chk_4"></td></tr><tr id="line5"><td><a href="host.php?action=edit&id=5">edge</a></td><td>10.0.0.5</td><td>Up</td><td><input type="checkbox" name="chk_5"></td></tr></table><select name="drp_action"><option value="1">Delete</option><option value="3">Disable</option></select><input type="hidden" name="action" value="actions"><input type="submit" value="Go"></form>`
      const edit = (name: string, notice = ''): string =>
        `${notice}<form method="post" action="host.php"><input type="hidden" name="__csrf_magic" value="sid:1"><table><tr><td>Description</td><td><input type="text" name="description" value="${name}"></td></tr><tr><td>Hostname</td><td><input type="text" name="hostname" value="10.0.0.4"></td></tr><tr><td>SNMP Community</td><td><input type="text" name="snmp_community" value="s3cret-old"></td></tr><tr><td>Disable Device</td><td><input type="checkbox" name="disabled" id="disabled"></td></tr></table><input type="hidden" name="id" value="4"><input type="hidden" name="save_component_host" value="1"><input type="hidden" name="action" value="save"><input type="submit" value="Save"></form>`
      test('action=save with an id', () => {
        const recorded = visit()
          .open('/cacti/host.php?action=edit&id=4', edit('core switch'))
          .post(
            '/cacti/host.php',
            '__csrf_magic=sid%3A1&description=Core+switch+2&hostname=10.0.0.4&snmp_community=s3cret-new&disabled=on&id=4&save_component_host=1&action=save',
            {
              to: '/cacti/host.php?action=edit&id=4',
              html: edit('Core switch 2', '<div id="message" class="textInfo">Save Successful.</div>'),
            },
          )
        expect(recorded.recorded()).toEqual([
          'update host 4: /description "core switch" → "Core switch 2", /snmp_community {"$redacted":"credentials"} → {"$redacted":"credentials"}, /disabled false → true',
        ])
        expect(JSON.stringify(recorded.drafts())).not.toContain('s3cret')
      })
      test('id=0 is new', () => {
        expect(
          visit()
            .open(
              '/cacti/user_admin.php?action=user_edit',
              '<h1>User Management</h1><form method="post" action="user_admin.php"><table><tr><td>User Name</td><td><input name="username" value=""></td></tr><tr><td>Full Name</td><td><input name="full_name" value=""></td></tr><tr><td>Password</td><td><input type="password" name="password"><input type="password" name="password_confirm"></td></tr></table><input type="hidden" name="id" value="0"><input type="hidden" name="action" value="save"><input type="submit" value="Create"></form>',
            )
            .post(
              '/cacti/user_admin.php',
              'username=bo&full_name=Bo+B&password=tiger-99&password_confirm=tiger-99&id=0&action=save',
              { to: '/cacti/user_admin.php?action=user_edit&id=8', html: '<h1>User Management</h1>' },
            )
            .recorded(),
        ).toEqual(['create user 8: /username "bo", /full_name "Bo B", /password {"$redacted":"password"}'])
      })
      test('a bulk action that asks first', () => {
        expect(
          visit()
            .open('/cacti/host.php', hosts())
            .post('/cacti/host.php', 'chk_4=on&chk_5=on&drp_action=1&action=actions', {
              html: '<h1>Delete Devices</h1><form action="host.php" method="post"><p>Click Continue to delete the following devices: core switch, edge</p><input type="hidden" name="action" value="actions"><input type="hidden" name="selected_items" value="a:2:{i:0;s:1:4}"><input type="hidden" name="drp_action" value="1"><input type="submit" value="Continue"></form>',
            })
            .recorded(),
        ).toEqual([])
      })
    })

    describe('links that change', () => {
      const users = (notice = ''): string =>
        `${notice}<h1>Users</h1><table><tr><th>Login</th><th>State</th></tr><tr><td><a href="user.php?id=7">ana</a></td><td>active</td><td><a href="user.php?action=delete&id=7&token=9f8e7d6c5b4a">Delete</a></td></tr></table>`
      test('a verb and a token, redirected away', () => {
        expect(
          visit()
            .open('/user.php', users())
            .follow('/user.php?action=delete&id=7&token=9f8e7d6c5b4a', {
              to: '/user.php?deleted=1',
              html: users(),
            })
            .recorded(),
        ).toEqual(['delete user 7'])
        expect(
          visit()
            .open('/user.php', users())
            .follow('/user.php?action=disable&id=7&token=9f8e7d6c5b4a', { to: '/user.php', html: users() })
            .recorded(),
        ).toEqual(['update user 7: /State "active" → "disabled"'])
      })
      test('opening an editor, sorting, paging, exporting change nothing', () => {
        for (const path of [
          '/user.php?action=edit&id=7&token=9f8e7d6c5b4a',
          '/user.php?sort=login&order=desc',
          '/user.php?action=view&id=7',
          '/user.php?action=export&token=9f8e7d6c5b4a',
          '/user.php?do=logout&token=9f8e7d6c5b4a',
          '/user.php?action=new',
        ])
          expect(visit().open('/user.php', users()).follow(path, { html: users() }).recorded()).toEqual([])
      })
      test('a refusal on the page that it came from is none', () => {
        expect(
          visit()
            .open('/user.php', users())
            .follow('/user.php?action=delete&id=7&token=9f8e7d6c5b4a', {
              to: '/user.php',
              html: users('<div class="alert alert-danger">You cannot delete yourself</div>'),
            })
            .recorded(),
        ).toEqual([])
      })
    })

    describe('view state and generated names', () => {
      test('the control names lose their containers in labels, not in ids', () => {
        const recorded = visit()
          .open(
            '/Admin/Mail.aspx',
            '<h1>Mail settings</h1><form method="post" action="./Mail.aspx" id="aspnetForm"><input type="hidden" name="__VIEWSTATE" value="/wEP"><input type="hidden" name="__EVENTVALIDATION" value="/wEd"><label for="a">SMTP server</label><input name="ctl00$main$txtServer" id="a" value="mail1"><label for="b">Use TLS</label><input type="checkbox" name="ctl00$main$chkTls" id="b"><input type="submit" name="ctl00$main$btnSave" value="Save"></form>',
          )
          .post(
            '/Admin/Mail.aspx',
            '__VIEWSTATE=%2FwEX&__EVENTVALIDATION=%2FwEY&ctl00%24main%24txtServer=mail2&ctl00%24main%24chkTls=on&ctl00%24main%24btnSave=Save',
            { html: '<h1>Mail settings</h1><span class="message success">Saved</span>' },
          )
        expect(recorded.recorded()).toEqual([
          expect.stringMatching(
            /^update .*: \/ctl00\$main\$txtServer "mail1" → "mail2", \/ctl00\$main\$chkTls false → true$/,
          ),
        ])
        expect(recorded.drafts()[0]?.changes.map(({ label }) => label)).toEqual(['SMTP server', 'Use TLS'])
      })
    })

    describe('wikis', () => {
      const editor = (text: string): string =>
        `<div id="p-personal"><ul><li id="pt-userpage"><a href="/index.php/User:Ana">Ana</a></li><li id="pt-logout"><a href="/index.php?title=Special:UserLogout">Log out</a></li></ul></div><h1 id="firstHeading">Editing Main Page</h1><form id="editform" method="post" action="/index.php?title=Main_Page&action=submit"><input type="hidden" name="wpUnicodeCheck" value="x"><input type="hidden" name="wpStarttime" value="20260101"><input type="hidden" name="wpEdittime" value="2025"><input type="hidden" name="editRevId" value="12"><textarea name="wpTextbox1">${text}</textarea><label for="wpSummary">Summary:</label><input name="wpSummary" id="wpSummary" value=""><input type="hidden" name="wpEditToken" value="abc+"><input type="submit" name="wpSave" value="Save changes"><input type="submit" name="wpPreview" value="Show preview"><input type="submit" name="wpDiff" value="Show changes"></form>`
      test('preview is nothing, save is a change of the text', () => {
        const sent =
          'wpUnicodeCheck=x&wpStarttime=20260101&wpEdittime=2025&editRevId=12&wpTextbox1=Hello%0D%0AWorld&wpSummary=greet&wpEditToken=abc%2B'
        expect(
          visit()
            .open('/index.php?title=Main_Page&action=edit', editor('Hello'))
            .post('/index.php?title=Main_Page&action=submit', `${sent}&wpPreview=Show+preview`, {
              html: editor('Hello\nWorld'),
            })
            .post('/index.php?title=Main_Page&action=submit', `${sent}&wpSave=Save+changes`, {
              to: '/index.php/Main_Page',
              html: '<h1 id="firstHeading">Main Page</h1>',
            })
            .recorded(),
        ).toEqual(['update page Main_Page: /wpTextbox1 "Hello" → "Hello\\nWorld"'])
      })
    })

    describe('wikis, special pages', () => {
      test('groups of a user', () => {
        const rights = `<h1>User rights</h1><form method="post" action="/index.php?title=Special:UserRights" name="editGroup" id="mw-userrights-form2"><input type="hidden" name="user" value="Bo"><input type="hidden" name="wpEditToken" value="x"><input type="hidden" name="conflictcheck-originalgroups" value=""><fieldset><legend>Edit user groups</legend><span><input type="checkbox" name="wpGroup-sysop" value="1" id="a"><label for="a">administrator</label></span> <label for="r">Reason:</label><input name="user-reason" id="r" value=""></fieldset><input type="submit" name="saveusergroups" value="Save user groups"></form>`
        expect(
          visit()
            .open('/index.php?title=Special:UserRights&user=Bo', rights)
            .post(
              '/index.php?title=Special:UserRights',
              'user=Bo&wpEditToken=x&conflictcheck-originalgroups=&wpGroup-sysop=1&user-reason=&saveusergroups=Save+user+groups',
              { to: '/index.php?title=Special:UserRights&user=Bo&success=1', html: rights },
            )
            .recorded(),
        ).toEqual(['update user Bo: /wpGroup-sysop false → true'])
      })
    })

    describe('sign-in', () => {
      test('is nothing, and its password is nowhere', () => {
        const login =
          '<h1>Sign in</h1><form method="post" action="/session"><input name="login"><input type="password" name="password"><input type="submit" name="commit" value="Sign in"></form>'
        const visited = visit()
          .open('/login', login)
          .post('/session', 'login=ana&password=tiger-lily-9&commit=Sign+in', {
            to: '/',
            html: '<h1>Home</h1>',
          })
        expect(visited.recorded()).toEqual([])
        const nameless =
          '<form method="post" action="/"><input name="user"><input type="password" name="pw"><button>Go</button></form>'
        expect(
          visit()
            .open('/', nameless)
            .post('/', 'user=ana&pw=tiger-lily-9', { to: '/home', html: '<h1>Home</h1>' })
            .recorded(),
        ).toEqual([])
      })
      test('a session that ended refuses the save', () => {
        expect(
          visit()
            .open(
              '/settings',
              '<h1>Settings</h1><form method="post" action="/settings"><label>Title <input name="title" value="a"></label><button>Save</button></form>',
            )
            .post('/settings', 'title=b', {
              to: '/login',
              html: '<h1>Sign in</h1><form method="post" action="/login"><input name="login"><input type="password" name="password"><button>Sign in</button></form>',
            })
            .recorded(),
        ).toEqual([])
      })
    })
  })
}

test('what is kept between pages holds no secret', () => {
  const page =
    '<h1>Mail account</h1><form method="post" action="/account"><label>API token <input name="x1" value="tok-old-4711"></label><label>Login <input name="login" value="bo"></label><label>Password <input type="password" name="y"></label><label>Notes <textarea name="notes"></textarea></label><input type="hidden" name="csrf" value="c"><button>Save</button></form>'
  const visited = session({ acrossPages: true })
    .open('/account', page)
    .post('/account', 'x1=tok-new-4712&login=bo&y=tiger-lily-9&notes=it+is+tiger-lily-9+now&csrf=c', {
      to: '/account',
      html: page,
    })
  expect(visited.recorded()).toHaveLength(1)
  for (const text of [JSON.stringify(visited.drafts()), ...visited.kept()])
    for (const secret of ['tok-old-4711', 'tok-new-4712', 'tiger-lily-9', 'tiger%2Dlily'])
      expect(text).not.toContain(secret)
  expect(visited.drafts()[0]?.changes).toEqual([
    {
      pointer: '/x1',
      label: 'API token',
      op: 'replace',
      before: { $redacted: 'token' },
      after: { $redacted: 'token' },
    },
    { pointer: '/notes', label: 'Notes', op: 'replace', before: '', after: 'it is [redacted password] now' },
    { pointer: '/y', label: 'Password', op: 'add', after: { $redacted: 'password' } },
  ])
  const [token] = visited.drafts()[0]?.redactions ?? []
  expect(token).toMatchObject({
    pointer: '/x1',
    reason: 'token',
    fingerprint: expect.stringMatching(/^[0-9a-f]{4}$/),
  })
})

test('a long text survives the navigation as a change, within bounds', () => {
  const long = (end: string): string => `${'Lorem ipsum dolor. '.repeat(20_000)}${end}`
  const page = (text: string): string =>
    `<h1>Policy</h1><form method="post" action="/pages/7"><input type="hidden" name="_method" value="put"><label>Title <input name="title" value="Policy"></label><label>Text <textarea name="text">${text}</textarea></label><button>Save</button></form>`
  const visited = session({ acrossPages: true })
    .open('/pages/7/edit', page(long('a')))
    .post('/pages/7', new URLSearchParams({ _method: 'put', title: 'Policy', text: long('b') }).toString(), {
      to: '/pages/7',
      html: '<h1>Policy</h1>',
    })
  expect(
    visited.drafts().map(({ resourceId, changes }) => [resourceId, changes.map(({ pointer }) => pointer)]),
  ).toEqual([['7', ['/text']]])
  for (const text of visited.kept()) expect(text.length).toBeLessThan(500_000)
})

describe('forms by script', () => {
  test('a fragment answers an edit in place', () => {
    const contacts =
      '<h1>Contacts</h1><table><thead><tr><th>Name</th><th>Email</th></tr></thead><tbody><tr id="contact-4"><td>Ana</td><td>ana@acme.example</td></tr></tbody></table><form hx-put="/contacts/4"><input name="name" value="Ana"><label>Email <input name="email" value="ana@acme.example"></label><button>Save</button></form>'
    expect(
      session()
        .open('/contacts', contacts)
        .send('PUT', '/contacts/4', 'name=Ana&email=ana%40new.example', {
          htmx: true,
          html: '<tr><td>Ana</td><td>ana@new.example</td></tr>',
        })
        .recorded(),
    ).toEqual(['update contact 4: /email "ana@acme.example" → "ana@new.example"'])
  })
  test('a fragment with an error refuses', () => {
    expect(
      session()
        .open(
          '/contacts',
          '<form hx-post="/contacts"><input name="name" value=""><input name="email" value=""><button>Add</button></form>',
        )
        .send('POST', '/contacts', 'name=Ana&email=x', {
          htmx: true,
          html: '<form hx-post="/contacts"><input name="name" value="Ana"><input name="email" value="x"><span class="error">Not an e-mail address</span></form>',
        })
        .recorded(),
    ).toEqual([])
  })
  test('the verb in the body decides, on one address for all', () => {
    const page = '<h1>Users</h1><table><tr id="user-7"><td>ana</td></tr></table>'
    const call = (fields: string, answer: object): string[] =>
      session().open('/users.php', page).send('POST', '/ajax.php', fields, answer).recorded()
    expect(call('action=delete-user&user_id=7&token=abc', { html: '1' })).toEqual(['delete user 7'])
    expect(call('action=delete-user&user_id=7&token=abc', { html: '0' })).toEqual([])
    expect(call('action=heartbeat&interval=15', { json: { ok: true } })).toEqual([])
    expect(call('action=search&q=ana', { html: '<li>ana</li>' })).toEqual([])
    expect(call('action=autosave&post_id=7&text=x', { html: '1' })).toEqual([])
    expect(call('action=get_users&page=2', { json: [] })).toEqual([])
  })
  test('a mail client saves its preferences', () => {
    const preferences =
      '<h1>Displaying Messages</h1><form action="./?_task=settings&_action=save-prefs" method="post"><input type="hidden" name="_token" value="t"><input type="hidden" name="_task" value="settings"><input type="hidden" name="_action" value="save-prefs"><input type="hidden" name="_section" value="mailview"><table><tr><td><label for="x">Display HTML</label></td><td><input type="checkbox" name="_prefer_html" id="x" value="1" checked></td></tr><tr><td><label for="y">Mark messages as read</label></td><td><select name="_mail_read_time" id="y"><option value="0" selected>immediately</option><option value="5">after 5 seconds</option></select></td></tr></table></form>'
    expect(
      session()
        .open('/?_task=settings&_action=edit-prefs&_section=mailview', preferences)
        .post(
          '/?_task=settings&_action=save-prefs',
          '_token=t&_task=settings&_action=save-prefs&_section=mailview&_mail_read_time=5',
          { html: `<div class="confirmation">Successfully saved.</div>${preferences}` },
        )
        .recorded(),
    ).toEqual([
      expect.stringMatching(/^update .*: \/_prefer_html true → false, \/_mail_read_time "0" → "5"$/),
    ])
  })
  test('behind a front controller the route is the path, sent in the query or the body', () => {
    const send = (path: string, fields: string, json: object): string[] =>
      session().open('/index.php', '<h1>Shelves</h1>').send('POST', path, fields, { json }).recorded()
    expect(
      send('/index.php?route=/store/drawers/create', 'new_drawer=crm&token=abcdef1', { success: true }),
    ).toEqual(['create drawer crm: /new_drawer "crm"'])
    expect(send('/index.php', 'route=/store/drawers/delete&drawer_id=7', { success: true })).toEqual([
      'delete drawer 7',
    ])
    expect(send('/index.php?route=/config/get', 'key=Width&server=1', { value: 240, success: true })).toEqual(
      [],
    )
    expect(send('/index.php?route=/navigation', 'reload=1&server=1', { message: '<ul></ul>' })).toEqual([])
    expect(
      send('/index.php?route=/shelf/change', 'shelf=a', { message: '<form><input name="a"></form>' }),
    ).toEqual([])
    expect(send('/index.php?route=/import', 'sql_query=SELECT+1', { success: true })).toEqual([])
    expect(
      send('/index.php?route=/config/set', 'key=Console%2FMode&value=collapse', { success: true }),
    ).toEqual([])
  })
  test('a script API that parses, stashes or compares changes nothing', () => {
    for (const action of ['parse', 'stashdraft', 'compare', 'query'])
      expect(
        session()
          .open('/index.php', '<h1>Notes</h1>')
          .send('POST', '/api.php', `action=${action}&title=Rules&text=x&token=abcdef1`, { json: { ok: 1 } })
          .recorded(),
      ).toEqual([])
  })
  test('what is done to a title in the address is done to that page', () => {
    const confirm =
      '<h1>Delete "Rules"</h1><form method="post" action="/index.php?title=Rules&action=delete"><label for="r">Reason:</label><input name="xReason" id="r" value="was empty"><input type="submit" name="xConfirmB" value="Delete page"></form>'
    expect(
      session()
        .open('/index.php?title=Rules&action=delete', confirm)
        .post('/index.php?title=Rules&action=delete', 'xReason=was+empty&xConfirmB=Delete+page', {
          html: '<h1>Action complete</h1><p>"Rules" has been deleted.</p>',
        })
        .recorded(),
    ).toEqual(['delete page Rules'])
  })
})
