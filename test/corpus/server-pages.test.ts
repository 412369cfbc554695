/** Server-rendered consoles of many frameworks and languages: what their forms send, and how little the names of the fields say. */
import { describe, expect, test } from 'vitest'
import { session } from './session.ts'

const labels = (visit: { drafts: () => { changes: readonly { label?: string }[] }[] }): unknown =>
  visit.drafts()[0]?.changes.map(({ label }) => label)

for (const acrossPages of [false, true]) {
  const visit = () => session({ acrossPages })
  describe(acrossPages ? 'over the memory between pages' : 'in one recorder', () => {
    describe('view state and event targets', () => {
      const page = (name: string, role: string, mail: string): string =>
        `<form method="post" action="./UserEdit.aspx?UserID=14" id="form1"><input type="hidden" name="__VIEWSTATE" value="/wEPDwUKLTI2" /><input type="hidden" name="__VIEWSTATEGENERATOR" value="C2EE9ABB" /><input type="hidden" name="__EVENTTARGET" value="" /><input type="hidden" name="__EVENTARGUMENT" value="" /><input type="hidden" name="__EVENTVALIDATION" value="/wEdAAU" /><h2>Edit User</h2><table><tr><td><span id="ctl00_Main_lblName">Display name</span></td><td><input name="ctl00$Main$txtName" type="text" value="${name}" id="ctl00_Main_txtName" /></td></tr><tr><td>Role</td><td><select name="ctl00$Main$ddlRole"><option value="1" ${role === '1' ? 'selected' : ''}>Viewer</option><option value="2" ${role === '2' ? 'selected' : ''}>Editor</option></select></td></tr><tr><td>&nbsp;</td><td><input id="ctl00_Main_chkMail" type="checkbox" name="ctl00$Main$chkMail" ${mail} /><label for="ctl00_Main_chkMail">Send mail</label></td></tr></table><input type="submit" name="ctl00$Main$btnSave" value="Save" /><a id="lnkDelete" href="javascript:__doPostBack('ctl00$Main$lnkDelete','')">Delete</a></form>`
      test('a save names fields by their labels and the user by the address', () => {
        const saved = visit()
          .open('/Admin/UserEdit.aspx?UserID=14', page('Ana', '1', 'checked="checked"'))
          .post(
            '/Admin/UserEdit.aspx?UserID=14',
            '__VIEWSTATE=x&__VIEWSTATEGENERATOR=C2EE9ABB&__EVENTTARGET=&__EVENTARGUMENT=&__EVENTVALIDATION=y&ctl00%24Main%24txtName=Ana&ctl00%24Main%24ddlRole=2&ctl00%24Main%24btnSave=Save',
            { to: '/Admin/Users.aspx', html: '<h1>Users</h1>' },
          )
        expect(saved.recorded()).toEqual([
          'update user 14: /ctl00$Main$ddlRole "1" → "2", /ctl00$Main$chkMail true → false',
        ])
        expect(labels(saved)).toEqual(['Role', 'Send mail'])
      })
      test('a postback by a changed list or a pager is none', () => {
        expect(
          visit()
            .open('/Admin/UserEdit.aspx?UserID=14', page('Ana', '1', ''))
            .post(
              '/Admin/UserEdit.aspx?UserID=14',
              '__VIEWSTATE=x&__EVENTTARGET=ctl00%24Main%24ddlRole&__EVENTARGUMENT=&ctl00%24Main%24txtName=Ana&ctl00%24Main%24ddlRole=2',
              { html: page('Ana', '2', '') },
            )
            .recorded(),
        ).toEqual([])
      })
      test('the event target is the button', () => {
        expect(
          visit()
            .open('/Admin/UserEdit.aspx?UserID=14', page('Ana', '1', ''))
            .post(
              '/Admin/UserEdit.aspx?UserID=14',
              '__VIEWSTATE=x&__EVENTTARGET=ctl00%24Main%24lnkDelete&__EVENTARGUMENT=&ctl00%24Main%24txtName=Ana&ctl00%24Main%24ddlRole=1',
              { to: '/Admin/Users.aspx', html: '<h1>Users</h1>' },
            )
            .recorded(),
        ).toEqual(['delete user 14'])
      })
    })

    describe('a component tree with its ids in front of every name', () => {
      const page = (host: string): string =>
        `<h1>Edit mail server</h1><form id="serverForm" name="serverForm" method="post" action="/admin/mail/edit.xhtml"><input type="hidden" name="serverForm" value="serverForm" /><label for="serverForm:host">Host name</label><input id="serverForm:host" type="text" name="serverForm:host" value="${host}" /><label for="serverForm:port">Port</label><input id="serverForm:port" type="text" name="serverForm:port" value="25" /><input type="submit" name="serverForm:j_idt42" value="Save" /><input type="hidden" name="javax.faces.ViewState" value="-712:88" autocomplete="off" /></form>`
      test('labels are what the person saw', () => {
        const saved = visit()
          .open('/admin/mail/edit.xhtml', page('mx1'))
          .post(
            '/admin/mail/edit.xhtml',
            'serverForm=serverForm&serverForm%3Ahost=mx2&serverForm%3Aport=25&serverForm%3Aj_idt42=Save&javax.faces.ViewState=-712%3A88',
            { html: `<ul class="ui-messages-info"><li role="alert">Saved</li></ul>${page('mx2')}` },
          )
        expect(saved.recorded()).toEqual(['update mail server: /serverForm:host "mx1" → "mx2"'])
        expect(labels(saved)).toEqual(['Host name'])
      })
    })

    describe('underscored marks beside boxes, and an id in a hidden field', () => {
      test('a box that was cleared is false though its mark is sent', () => {
        expect(
          visit()
            .open(
              '/owners/edit?ownerId=6',
              '<h2>Owner</h2><form action="/owners/edit" method="post"><input type="hidden" name="id" value="6"><input type="hidden" name="_csrf" value="abc123abc"><label for="lastName">Last Name</label><input name="lastName" id="lastName" value="Coleman"><input type="checkbox" name="vip" id="vip" value="true" checked><input type="hidden" name="_vip" value="on"><label for="vip">VIP</label><button type="submit">Update Owner</button></form>',
            )
            .post('/owners/edit', 'id=6&_csrf=abc123abc&lastName=Colemann&_vip=on', {
              to: '/owners/6',
              html: '<h2>Owner Information</h2>',
            })
            .recorded(),
        ).toEqual(['update owner 6: /lastName "Coleman" → "Colemann", /vip true → false'])
      })
    })

    describe('a framework with _token and _method', () => {
      const edit =
        '<h1>Edit supplier</h1><form method="POST" action="/suppliers/9"><input type="hidden" name="_token" value="Zk9not-real"><input type="hidden" name="_method" value="PUT"><div class="form-group"><label for="name">Supplier Name</label><input name="name" id="name" value="Acme"></div><div class="form-group"><label for="notes">Notes</label><textarea name="notes" id="notes"></textarea></div><input type="checkbox" name="active" value="1" id="active" checked><label for="active">Active</label><button>Save</button></form>'
      test('PUT by _method, flash on the next page', () => {
        expect(
          visit()
            .open('/suppliers/9/edit', edit)
            .post('/suppliers/9', '_token=Zk9not-real&_method=PUT&name=Acme+Ltd&notes=', {
              to: '/suppliers',
              html: '<div class="alert alert-success">Supplier updated successfully.</div>',
            })
            .recorded(),
        ).toEqual(['update supplier 9: /name "Acme" → "Acme Ltd", /active true → false'])
      })
      test('a refusal lists errors above the form', () => {
        expect(
          visit()
            .open('/suppliers/9/edit', edit)
            .post('/suppliers/9', '_token=Zk9not-real&_method=PUT&name=&notes=', {
              to: '/suppliers/9/edit',
              html: `<div class="alert alert-danger">The name field is required.</div>${edit}`,
            })
            .recorded(),
        ).toEqual([])
      })
    })

    describe('a page in another language', () => {
      const form =
        '<h1>Benutzer bearbeiten</h1><form method="post" action="/benutzer/bearbeiten.php?id=12"><table><tr><th>Vorname</th><td><input type="text" name="vorname" value="Ana"></td></tr><tr><th>E-Mail-Adresse</th><td><input type="text" name="mail" value="ana@acme.example"></td></tr><tr><th>Gesperrt</th><td><input type="checkbox" name="gesperrt" value="1"></td></tr></table><input type="submit" name="speichern" value="Speichern"><input type="submit" name="abbrechen" value="Abbrechen"></form>'
      test('German: saved, cancelled, deleted', () => {
        const saved = visit()
          .open('/benutzer/bearbeiten.php?id=12', form)
          .post(
            '/benutzer/bearbeiten.php?id=12',
            'vorname=Anna&mail=ana%40acme.example&speichern=Speichern',
            { to: '/benutzer/liste.php', html: '<p class="erfolg">Gespeichert</p>' },
          )
        expect(saved.recorded()).toEqual(['update benutzer 12: /vorname "Ana" → "Anna"'])
        expect(
          visit()
            .open('/benutzer/bearbeiten.php?id=12', form)
            .post('/benutzer/bearbeiten.php?id=12', 'vorname=Anna&mail=x&abbrechen=Abbrechen', {
              to: '/benutzer/liste.php',
              html: '',
            })
            .recorded(),
        ).toEqual([])
        expect(
          visit()
            .open(
              '/benutzer/liste.php',
              '<table><tr><th>Name</th><th></th></tr><tr><td>Bo</td><td><form method="post" action="/benutzer/liste.php"><input type="hidden" name="id" value="13"><input type="submit" name="loeschen" value="Löschen"></form></td></tr></table>',
            )
            .post('/benutzer/liste.php', 'id=13&loeschen=L%C3%B6schen', {
              html: '<p>Benutzer wurde gelöscht</p>',
            })
            .recorded(),
        ).toEqual(['delete benutzer 13'])
      })
      test('French: a button that deletes, a confirmation', () => {
        expect(
          visit()
            .open(
              '/clients/4',
              '<h1>Modifier le client</h1><form method="post" action="/clients/4"><label>Nom <input name="nom" value="Durand"></label><button name="op" value="enregistrer">Enregistrer</button><button name="op" value="supprimer">Supprimer</button></form>',
            )
            .post('/clients/4', 'nom=Dupont&op=enregistrer', { to: '/clients/4', html: '<h1>Client</h1>' })
            .recorded(),
        ).toEqual(['update client 4: /nom "Durand" → "Dupont"'])
        expect(
          visit()
            .open(
              '/clients/4',
              '<h1>Modifier le client</h1><form method="post" action="/clients/4"><label>Nom <input name="nom" value="Durand"></label><button name="op" value="enregistrer">Enregistrer</button><button name="op" value="supprimer">Supprimer</button></form>',
            )
            .post('/clients/4', 'nom=Durand&op=supprimer', { to: '/clients', html: '<h1>Clients</h1>' })
            .recorded(),
        ).toEqual(['delete client 4'])
      })
    })

    describe('one name, several fields', () => {
      test('the same select twice, unchanged, is no change; one of them changed is', () => {
        const page =
          '<h1>Modify ticket #4</h1><form method="post" action="/Ticket/Modify.html"><input type="hidden" name="id" value="4"><label for="s">Subject</label><input name="Subject" id="s" value="Old"><label>Owner</label><select name="Owner"><option value="6" selected>Ana</option><option value="7">Bo</option></select><select name="Owner"><option value="6" selected>Ana</option><option value="7">Bo</option></select><input type="submit" name="SaveChanges" value="Save Changes"></form>'
        expect(
          visit()
            .open('/Ticket/Modify.html?id=4', page)
            .post('/Ticket/Modify.html', 'id=4&Subject=New&Owner=6&Owner=6&SaveChanges=Save+Changes', {
              html: `<ul class="action-results"><li>Subject changed</li></ul>${page}`,
            })
            .recorded(),
        ).toEqual(['update ticket 4: /Subject "Old" → "New"'])
      })
    })

    describe('names with one prefix', () => {
      test('are said without it where the page gives no label', () => {
        const saved = visit()
          .open(
            '/settings/mail',
            '<h1>Mail settings</h1><form method="post" action="/settings/mail"><input name="form_smtp_host" value="mx1"><input name="form_smtp_port" value="25"><input name="form_sender" value="a@acme.example"><input type="submit" value="Save"></form>',
          )
          .post('/settings/mail', 'form_smtp_host=mx2&form_smtp_port=587&form_sender=a%40acme.example', {
            to: '/settings/mail',
            html: '<div class="success">Saved</div>',
          })
        expect(labels(saved)).toEqual(['Smtp host', 'Smtp port'])
      })
    })

    describe('a CI server', () => {
      test('the form is sent again as JSON in a field of its own', () => {
        const saved = visit()
          .open(
            '/job/build-web/configure',
            '<h1>Configure</h1><form method="post" name="config" action="/job/build-web/configSubmit"><div class="setting-name">Description</div><textarea name="description">Old</textarea><input type="checkbox" name="_.concurrent" id="c1"><label for="c1">Allow concurrent builds</label><input type="hidden" name="json" value="init"><input type="hidden" name="Jenkins-Crumb" value="0a1b2c3d4e5f"><button name="Submit">Save</button></form>',
          )
          .post(
            '/job/build-web/configSubmit',
            `description=New&_.concurrent=on&Jenkins-Crumb=0a1b2c3d4e5f&json=${encodeURIComponent(JSON.stringify({ description: 'New', concurrent: true, 'Jenkins-Crumb': '0a1b2c3d4e5f' }))}&Submit=`,
            { to: '/job/build-web/', html: '<h1>build-web</h1>' },
          )
        expect(saved.recorded()).toEqual([
          'update setting: /description "Old" → "New", /_/concurrent false → true',
        ])
      })
    })

    describe('a form that came by script', () => {
      const modal =
        '<div class="modal"><h4>Edit webhook</h4><form action="/hooks/3" method="post"><label for="u">URL</label><input id="u" name="url" value="https://a.example/x"><label for="e">Event</label><select id="e" name="event"><option value="push" selected>Push</option><option value="tag">Tag</option></select><button>Save</button></form></div>'
      test('shows what was before, though no page held it', () => {
        expect(
          visit()
            .open('/hooks', '<h1>Webhooks</h1>')
            .send('GET', '/hooks/3/edit', '', { html: modal })
            .send('POST', '/hooks/3', 'url=https%3A%2F%2Fa.example%2Fx&event=tag', {
              html: '<div class="alert alert-success">Saved</div>',
            })
            .recorded(),
        ).toEqual(['update webhook 3: /event "push" → "tag"'])
        expect(
          visit()
            .open('/hooks', '<h1>Webhooks</h1>')
            .send('POST', '/hooks/dialog', 'id=3&action=edit_form', { json: { success: true, html: modal } })
            .send('POST', '/hooks/3', 'url=https%3A%2F%2Fa.example%2Fy&event=push', {
              json: { success: true },
            })
            .recorded(),
        ).toEqual(['update webhook 3: /url "https://a.example/x" → "https://a.example/y"'])
      })
    })

    describe('a database console', () => {
      test('a statement that is run says what it does', () => {
        expect(
          visit()
            .open('/db/shop', '<h1>shop</h1>')
            .send(
              'POST',
              '/db/shop/sql',
              'sql_query=DELETE+FROM+%60plan%60+WHERE+%60plan%60.%60id%60+%3D+3&token=abcdef12',
              {
                json: { success: true, message: '1 row affected' },
              },
            )
            .send(
              'POST',
              '/db/shop/sql',
              "query=UPDATE+plan+SET+price+%3D+12.5%2C+name%3D'Pro'+WHERE+id%3D'4'%3B",
              {
                json: { success: true },
              },
            )
            .send('POST', '/db/shop/sql', "query=INSERT+INTO+plan+(name%2Cprice)+VALUES+('Team'%2C49)", {
              json: { success: true },
            })
            .send('POST', '/db/shop/sql', 'query=SELECT+*+FROM+plan', { json: { rows: [] } })
            .recorded(),
        ).toEqual([
          'delete plan 3',
          'update plan 4: /price undefined → "12.5", /name undefined → "Pro"',
          'create plan Team: /name "Team", /price "49"',
        ])
      })
      test('names and values in fields beside each other', () => {
        expect(
          visit()
            .open('/db/shop', '<h1>shop</h1>')
            .send(
              'POST',
              '/index.php?route=/table/replace',
              'ajax_request=true&db=shop&table=plan&where_clause%5B%5D=%60plan%60.%60id%60+%3D+2&fields%5Bmulti%5D%5B0%5D%5B%5D=Premium&fields_name%5Bmulti%5D%5B0%5D%5B%5D=name&do_transformations=false&submit_type=save',
              { json: { success: true } },
            )
            .recorded(),
        ).toEqual(['update plan 2: /name undefined → "Premium"'])
      })
    })
  })
}
