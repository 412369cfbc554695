/** Apps with one script for everything that are told in the query what to do, their dialogs, and pages that hand on or switch off what was sent. */
import { describe, expect, test } from 'vitest'
import { session } from './session.ts'

const TOKEN = 'csrf_token=5f2a9c1e77b0'

describe('a controller and an action in the query', () => {
  const dialog = (action: string, title: string, fields: string): string =>
    `<h2>${title}</h2><form method="post" action="${action}"><input type="hidden" name="csrf_token" value="5f2a9c1e77b0">${fields}<button type="submit">Save</button></form>`

  test('the controller is the noun, without the word for what it does', () => {
    expect(
      session()
        .open('/?controller=TaskViewController&action=show&task_id=1', '<h1>Fix it</h1>')
        .send('GET', '/?controller=TaskModificationController&action=edit&task_id=1', '', {
          html: dialog(
            '/?controller=TaskModificationController&amp;action=update&amp;task_id=1',
            'Edit a task',
            '<input name="title" value="Fix it"><select name="color_id"><option value="blue" selected>Blue</option></select><input type="hidden" name="tags[]" value=""><select name="tags[]" multiple></select>',
          ),
        })
        .send(
          'POST',
          '/?controller=TaskModificationController&action=update&task_id=1',
          `${TOKEN}&title=Mend+it&color_id=blue&tags%5B%5D=`,
          {},
        )
        .recorded(),
    ).toEqual(['update task 1: /title "Fix it" → "Mend it"'])
  })

  test('the id of another thing is not the id of what is made for it', () => {
    expect(
      session()
        .open('/?controller=TaskViewController&action=show&task_id=2', '<h1>Write it</h1>')
        .send('GET', '/?controller=CommentController&action=create&task_id=2', '', {
          html: dialog(
            '/?controller=CommentController&amp;action=save&amp;task_id=2',
            'Add a comment',
            '<div class="js-editor"></div><select name="visibility"><option value="all" selected>All</option></select>',
          ),
        })
        .send(
          'POST',
          '/?controller=CommentController&action=save&task_id=2',
          `${TOKEN}&comment=Waiting+for+the+photos.&visibility=all`,
          {},
        )
        .recorded(),
    ).toEqual(['create comment: /visibility "all", /comment "Waiting for the photos."'])
  })

  test('a link with a token closes, disables and removes; the dialog that asks does not', () => {
    expect(
      session()
        .open('/?controller=TaskViewController&action=show&task_id=3', '<h1>Draw it</h1>')
        .send('GET', '/?controller=TaskStatusController&action=close&task_id=3', '', {
          html: '<h2>Close a task</h2><p>Really?</p>',
        })
        .send(
          'GET',
          `/?controller=TaskStatusController&action=close&task_id=3&confirmation=yes&${TOKEN}`,
          '',
          {},
        )
        .send('GET', `/?controller=UserStatusController&action=disable&user_id=4&${TOKEN}`, '', {})
        .send(
          'GET',
          `/?controller=CategoryController&action=remove&project_id=1&category_id=2&${TOKEN}`,
          '',
          {},
        )
        .recorded(),
    ).toEqual([
      'update task 3: /closed undefined → true',
      'update user 4: /enabled undefined → false',
      'delete category 2',
    ])
  })

  test('a dialog for marked rows names them in one field, and boxes say which fields are meant', () => {
    expect(
      session()
        .open('/?controller=TaskListController&action=show&project_id=1', '<h1>Tasks</h1>')
        .send('GET', '/?controller=TaskBulkChangePropertyController&action=show&task_ids=5,4', '', {
          html: dialog(
            '/?controller=TaskBulkChangePropertyController&amp;action=save&amp;project_id=1',
            'Edit tasks in bulk',
            '<input type="hidden" name="task_ids" value="5,4"><input type="checkbox" name="change_color" value="1"><select name="color_id"><option value="blue" selected>Blue</option></select><input type="checkbox" name="change_priority" value="1"><input name="priority" value="0">',
          ),
        })
        .send(
          'POST',
          '/?controller=TaskBulkChangePropertyController&action=save&project_id=1',
          `${TOKEN}&task_ids=5%2C4&color_id=blue&change_priority=1&priority=3`,
          {},
        )
        .recorded(),
    ).toEqual(['update task 5: /priority "0" → "3"', 'update task 4: /priority "0" → "3"'])
  })

  test('one letter each, below a folder', () => {
    const page = `<form method="post" action="/i/?c=tag&amp;a=delete&amp;id_tag=2"><input type="hidden" name="_csrf" value="5f2a9c1e77b0"><button type="submit">Remove</button></form>`
    expect(
      session()
        .open('/i/?c=tag&a=update&id=2', page)
        .post('/i/?c=tag&a=delete&id_tag=2', '_csrf=5f2a9c1e77b0', { to: '/i/?c=tag', html: '<h1>Tags</h1>' })
        .open(
          '/i/?c=user&a=details&username=petra',
          '<h2>petra</h2><form method="post" action="/i/?c=user&amp;a=manage&amp;username=petra"><input type="hidden" name="_csrf" value="5f2a9c1e77b0"><input type="password" name="newPassword"><button name="action" value="update">Update</button><button name="action" value="promote">Promote</button></form>',
        )
        .post('/i/?c=user&a=manage&username=petra', '_csrf=5f2a9c1e77b0&newPassword=&action=promote', {
          to: '/i/?c=user&a=manage',
          html: '<h1>Users</h1>',
        })
        .recorded(),
    ).toEqual(['delete tag 2', 'update user petra: /status undefined → "promoted"'])
  })

  test('a form that came by script and left as a page was seen before', () => {
    expect(
      session()
        .open('/i/?c=subscription', '<h1>Feeds</h1>')
        .send('GET', '/i/?c=category&a=update&id=2&ajax=1', '', {
          html: '<form method="post" action="/i/?c=category&amp;a=update&amp;id=2"><input type="hidden" name="_csrf" value="5f2a9c1e77b0"><input name="name" value="Tech"><input name="position" value="1"></form>',
        })
        .post('/i/?c=category&a=update&id=2', '_csrf=5f2a9c1e77b0&name=Engineering&position=1', {
          to: '/i/?c=subscription',
          html: '<h1>Feeds</h1>',
        })
        .recorded(),
    ).toEqual(['update category 2: /name "Tech" → "Engineering"'])
  })
})

describe('noun and verb in one word of the query', () => {
  test('ticked rows of a list, named by the boxes', () => {
    const list =
      '<form method="post" action="/console.php"><input type="hidden" name="sid" value="9f1c2d3e4a5b"><input type="checkbox" name="scriptids[1]" value="1"><input type="checkbox" name="scriptids[3]" value="3"><button name="action" value="script.delete">Delete</button></form>'
    expect(
      session()
        .open('/console.php?action=script.list', list)
        .post('/console.php', 'sid=9f1c2d3e4a5b&scriptids%5B1%5D=1&scriptids%5B3%5D=3&action=script.delete', {
          html: '',
        })
        .recorded(),
    ).toEqual(['delete script 1', 'delete script 3'])
  })

  test('the values of a link that posts stand in its address', () => {
    expect(
      session()
        .open('/console.php?action=host.list', '<h1>Hosts</h1>')
        .post(
          '/console.php?action=popup.massupdate.host&update=1&status=1',
          'sid=9f1c2d3e4a5b&hostids%5B10084%5D=10084',
          { html: '' },
        )
        .recorded(),
    ).toEqual(['update host 10084: /status undefined → "1"'])
  })

  test('asking for a dialog is no change', () => {
    expect(
      session()
        .open('/console.php?action=host.list', '<h1>Hosts</h1>')
        .send('POST', '/console.php?action=popup.host.edit', '', {
          json: { header: 'New host', body: '<form><input name="host"></form>', script: 'open();' },
        })
        .recorded(),
    ).toEqual([])
  })

  test('a page that posts sealed notes to the next page makes no second change', () => {
    const sealed = 'eyJmb3JtIjpbXSwibWVzc2FnZXMiOnsibWVzc2FnZXMiOlt7InR5cGUiOiJnb29kIn1dfX0='
    expect(
      session()
        .open(
          '/console.php?action=gui.edit',
          '<form method="post" action="/console.php?action=gui.update"><input name="search_limit" value="1000"><input name="work_period" value="1-5"><input name="rows" value="50"><button name="update" value="Update">Update</button></form>',
        )
        .post(
          '/console.php?action=gui.update',
          'search_limit=500&work_period=1-5&rows=50&theme=blue&language=en&update=Update',
          {},
        )
        .post('/console.php?action=gui.edit', `formdata=&data=${encodeURIComponent(sealed)}`, {
          html: '<output class="msg-good" aria-label="Success message">Configuration updated</output>',
        })
        .recorded(),
    ).toEqual(['update gui: /search_limit "1000" → "500"'])
  })

  test('a message that its label calls an error refuses', () => {
    const page = (message: string): string =>
      `${message}<form method="post" action="/groups.php"><input type="hidden" name="form" value="create"><input name="name" value=""><button name="add" value="Add">Add</button></form>`
    expect(
      session()
        .open('/groups.php?form=create', page(''))
        .post('/groups.php', 'form=create&name=Templates&add=Add', {
          html: page('<output class="msg-bad" aria-label="Error message">There is one of that name</output>'),
        })
        .recorded(),
    ).toEqual([])
  })
})

describe('parts of forms that are not sent', () => {
  test('a part that is switched off by script keeps its boxes', () => {
    expect(
      session()
        .open(
          '/profile/edit',
          '<h1>Profile</h1><form method="post" action="/profile/update"><input name="rows" value="50"><input name="messages[timeout]" value="60"><input type="checkbox" name="messages[recovery]" value="1" checked><input type="hidden" name="autologout" value="0"><input name="autologout" value="15m"></form>',
        )
        .post('/profile/update', 'rows=100&autologout=0', { to: '/', html: '<h1>Home</h1>' })
        .drafts()
        .flatMap(({ changes }) => changes.map(({ pointer, after }) => `${pointer} ${after}`)),
    ).toEqual(['/rows 100'])
  })

  test('without a password nobody signs in', () => {
    expect(
      session()
        .open(
          '/user/edit?backend=local&user=petra',
          '<form method="post" action="/user/edit?backend=local&amp;user=petra"><input type="hidden" name="is_active" value="0"><input type="checkbox" name="is_active" value="1" checked><input name="user_name" value="petra"><input type="password" name="password"><input type="submit" name="btn_submit" value="Save"></form>',
        )
        .send(
          'POST',
          '/user/edit?backend=local&user=petra',
          'is_active=0&user_name=petra&password=&btn_submit=Save',
          {},
        )
        .recorded(),
    ).toEqual(['update user petra: /is_active true → false'])
  })

  test('"Yes" to a question that came by script', () => {
    expect(
      session()
        .open('/user/list', '<h1>Users</h1>')
        .send('GET', '/user/remove?backend=local&user=otto', '', {
          html: '<h2>Remove user otto?</h2><form method="post" action="/user/remove?backend=local&amp;user=otto"><input type="hidden" name="formUID" value="UserForm"><input type="hidden" name="CSRFToken" value="38850445"><input type="submit" name="btn_submit" value="Yes"></form>',
        })
        .send(
          'POST',
          '/user/remove?backend=local&user=otto',
          'formUID=UserForm&CSRFToken=38850445&btn_submit=Yes',
          {},
        )
        .recorded(),
    ).toEqual(['delete user otto'])
  })

  test('a section of the settings is named by the address, not by a heading for screen readers', () => {
    expect(
      session()
        .open(
          '/config/general',
          '<h2>Accessibility Skip Links</h2><form method="post" action="/config/general"><input name="log_level" value="ERROR"><input name="log_file" value="/var/log/app"></form>',
        )
        .send('POST', '/config/general', 'log_level=WARNING&log_file=%2Fvar%2Flog%2Fapp', {})
        .recorded(),
    ).toEqual(['update setting general: /log_level "ERROR" → "WARNING"'])
  })
})

describe('other words for the same', () => {
  const page = (action: string, fields: string): string =>
    `<h1>Edit</h1><form method="post" action="${action}"><input type="hidden" name="token" value="5f2a9c1e77b0aa">${fields}<button type="submit">Save</button></form>`
  const saved = (at: string, action: string, fields: string, sent: string): string[] =>
    session()
      .open(at, page(action.replaceAll('&', '&amp;'), fields))
      .post(action, `token=5f2a9c1e77b0aa&${sent}`, { to: '/', html: '<h1>Home</h1>' })
      .recorded()

  test('a module and its record, in the body', () => {
    expect(
      saved(
        '/index.php?module=Contacts&action=EditView&record=12',
        '/index.php',
        '<input type="hidden" name="module" value="Contacts"><input type="hidden" name="record" value="12"><input type="hidden" name="action" value="Save"><input name="phone" value="1">',
        'module=Contacts&record=12&action=Save&phone=2',
      ),
    ).toEqual(['update contact 12: /phone "1" → "2"'])
  })
  test('the sheet of what the folder is named for', () => {
    expect(
      saved(
        '/user/card.php?id=5&action=edit',
        '/user/card.php?id=5',
        '<input type="hidden" name="action" value="update"><input name="lastname" value="Lang">',
        'action=update&lastname=Berg',
      ),
    ).toEqual(['update user 5: /lastname "Lang" → "Berg"'])
  })
  test('an action whose name begins with an underscore is no value', () => {
    expect(
      saved(
        '/?_task=settings&_action=edit-identity&_iid=1',
        '/?_task=settings&_action=save-identity',
        '<input name="_name" value="Ana"><input name="_email" value="ana@acme.example">',
        '_task=settings&_action=save-identity&_name=Anna&_email=ana%40acme.example',
      ),
    ).toEqual(['update identity: /_name "Ana" → "Anna"'])
  })
  test('a button that promotes says so', () => {
    expect(
      session()
        .open('/users/petra', '<h1>petra</h1>')
        .post('/users/petra/promote', '_csrf=5f2a9c1e77b0', { to: '/users', html: '<h1>Users</h1>' })
        .recorded(),
    ).toEqual(['update user petra: /promoted undefined → true'])
  })
})

describe('a table named by the verb of the query', () => {
  const at = '/dbadmin.php?server=db1&username=ana&db=shop'
  const row = (name: string, price: string): string =>
    `<h2>Edit: plan</h2><form method="post" action=""><select name="function[price]"><option selected>NULL</option></select><input name="fields[name]" value="${name}"><input name="fields[price]" value="${price}"><input type="hidden" name="token" value="5f2a9c1e77b0aa"><input type="submit" value="Save"></form>`
  const list = { to: `${at}&select=plan`, html: '<p class="message">Item has been saved.</p>' }

  test('the condition names the row', () => {
    expect(
      session()
        .open(`${at}&edit=plan&where%5Bid%5D=1`, row('Basic', '9.50'))
        .post(
          `${at}&edit=plan&where%5Bid%5D=1`,
          'token=5f2a9c1e77b0aa&function%5Bprice%5D=NULL&fields%5Bname%5D=Basic&fields%5Bprice%5D=12.00',
          list,
        )
        .recorded(),
    ).toEqual(['update plan 1: /fields/price "9.50" → "12.00"'])
  })
  test('without one the row is new', () => {
    expect(
      session()
        .open(`${at}&edit=plan`, row('', ''))
        .post(
          `${at}&edit=plan`,
          'token=5f2a9c1e77b0aa&function%5Bprice%5D=NULL&fields%5Bname%5D=Team&fields%5Bprice%5D=49',
          list,
        )
        .drafts()
        .map(({ action, resourceType }) => `${action} ${resourceType}`),
    ).toEqual(['create plan'])
  })
  test('boxes hold the conditions of their rows', () => {
    expect(
      session()
        .open(
          `${at}&select=plan`,
          '<form method="post" action=""><input type="checkbox" name="check[]" value="where%5Bid%5D=3"><input type="checkbox" name="check[]" value="where%5Bid%5D=4"><input type="submit" name="delete" value="Delete"></form>',
        )
        .post(
          `${at}&select=plan`,
          'check%5B%5D=where%255Bid%255D%3D3&check%5B%5D=where%255Bid%255D%3D4&delete=Delete&token=5f2a9c1e77b0aa',
          list,
        )
        .recorded(),
    ).toEqual(['delete plan 3', 'delete plan 4'])
  })
})
