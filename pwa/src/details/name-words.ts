/**
 * First names that are hardly ever anything else, so that they are taken however they are written; first-names.txt in
 * the form in which a phone downloads it. Each stands as how many letters it has in common with the one before it, and
 * the rest. To change them, change that file: the test then says what stands here.
 */
export const firstNames: ReadonlySet<string> = unfolded(
  '0aaron1bbas3ie2id3gail1dam2ebayo3el3l3wale3yemi2il2nan2rian1fzal1gnes3ieszka1hmad3ed4t1idan2mee2sha1jay1kbar2ram1lan2eksander8ra3x' +
  '4ander7ra8u2fred2i3ce4ia3n3reza3son3ya2lan3en1manda2ie3n4a3r3t2jad2y1na2drea5ea5i5w4ius4zej3y2gela3ie2il3ta2n3a3ette3ie2thony3onio' +
  '2war1qib1rash2if2jun2shad2tur2un1sad2ha3leigh5y3ok3raf2if3m2ma1tif1udrey1wais1yan2esha2se1zhar2iz0babatunde2rbara3ry3tosz2shir3ia2' +
  'z3za1eata2cca3ky3s2n3jamin2rnadette5rd2snik2th4an6y3ty2v3erley2x1ilal1ogdan1rad4ley3ndon2enda6n2ian1ushra0caitlin2llum3um2meron2ra' +
  '3l4a4os4y3ol5e5ine2talin3h4erine4y2z1hantelle3rles5otte3z2elle3ryl2idi3nedu3oma2loe2ris5sie5tine6opher1iara5n2prian1laire3re2iffor' +
  'd1olin2nnor2urtney1raig2istian1urtis0dai2n3iel6a6le4sh3ny3uta2rius3ren3yl2ve4y3id3y2wid4t2yo2z3za1ean4o2bbie3orah3ra3s2clan2e3pa5k' +
  '2lroy2mi2nis5e3nis2s3mond2x1iana4e2lip1ominic6k2nald3na4y3ovan2reen3ota5hy1uncan1ylan0eddie2gar2ward1ilidh1laine2ena2izabeth2la3en' +
  '3ie4ot6t1meka2ily3ne2ma4nuel1ric3n1than1uan1wa3n0faisal3zan2rah3had5n3ooq2tima1emi1fion1inley2ona1lorin1ran4ces5is7co4kie3ser2eddi' +
  'e1unke0gabriel7le2reth3ry3y2urav2v3in2z3za1eeta2mma2off5rey3rge5ie6na2rald3ry1ill4ian1lenn1ordon1raham2eg2zegorz0haider3ley2kan2li' +
  'l4ma2mid3za2nan3if3nah2roon3rison4y3vey2san3san2wa2yley1eather2len3s2nryk1ina1olly2ssein2ward1umaira2seyin3sain5m4ein2w0iain2n1bra' +
  'him1dris1mad2ran1oana2na3ut1qbal1rena4e2fan1smail1wona0jackie4son3ob3queline2de2gdish2ke3ub2mes3ie2ne4t5te3ice4e4ne2son2ved2y2z3z1' +
  'ean4ette2ff2n3na4ifer4y2remy3maine3ry3zy2ss4ica2zza1ill2m3my1o2an4na2die3y2e3y2hn4ny2lanta2n3athan3esy2rdan2se4ph6ine3h4ua2yce1udy' +
  '2lia5n4e2naid2stin4yna1yoti0kacper2mal3il5a3ran2ran3eem4n3im3l2shif3ia2tarzyna3e3h4erine4ryn4y3ie3ya2vita2y3leigh2z1eeley2hinde2ir' +
  'an3sha3th2lly2mal3i2n3neth4y2rry2v3in2z1hadija7h3led4id5l2urram1ieran4on2m3berley2ran3sty1ofi1rystyna2zysztof1unle1wame1yle0latoya' +
  '2ura4en2wrence2yla1ee2ila2o3nard2sley4ie3ter2vi2wis1iam2nda4say5ey2sa2z3zie1orraine2u3is5e2z3za1uca3ian3y2ke0macca3iej2ddie2gda5le' +
  'na3gie3s2hesh3mood5ud2jid2lcolm3gorzata3iha4k2nish3oj3soor3uel2rcin4o4us3garet3ia5m5n6a4e4o5n4us3ta4in4yn3y4am2tt4hew2ureen4ice2z1' +
  'eena3ra2g3an2hmet2l3anie3issa1ia2chael5l4elle3k4ey2haela4i2ke4y2tchell1ohsin2na3ika2rgan1una2rat2sa3htaq3tafa5pha0nabil2deem3ia2ee' +
  'm2heed2ncy2omi2sir3ra4een2talia6e4sha3han2veed2waz2zia1eelam2ha2il1gozi1ia3ll3mh2cholas3ky3ola5e6ta2ge4l2khil3ita1neka0oksana1leg2' +
  'iver4ia1mar2er1rla1wen0paddy2m3ela2rveen2tricia6k3sy2ul4a4ette4ie5ne2wel1edro2te4r1hil4ip1iotr1ooja1rakash2eeti2iti3ya5nka0rabia2c' +
  'hael4el2dek3u2fal3iq2heem3im3man3ul2j2min2shid2vi2ymond2zia1ebecca2em2hman2nata2za1hiannon2ys1iaz2chard3k4y2shi2zwan1obbie2ger2han' +
  '3it2isin2n3ald3nie2ry2sie3s2y1ukhsana2ssell2th1yan2szard0saad2chin2dia2eed2har2ima3ra2jid2leem4m3im3ly3ma5n2m3antha3i4na4ra3uel2na' +
  '3dra3jay4eev2oirse2qib2ra4h2sha1cott1eamus3n2bastian2ema2rgei1habana3fiq3hid6a4naz3keel4il3mim3ne5lle4ice4non3rif4on3un5a3z4ia4za2' +
  'eila3lley2ilpa3rin4l5ey2oaib3la3na1ian2mon3ran2nead2obhan1mithy1ohail2nia2phie2rin1tacey3n2e3ph5anie5en3ve5n4o3wart2u3art1uleman2n' +
  'il4ta2resh2san3ie2ze1vetlana1ylwia1zymon0tahir5a2iwo2mmy2nveer3ya2ra3iq2sh2ylor2z1emi4tope2rence4sa3ry2z1heresa2omas1im3othy1obi3y' +
  '2dd2mmy2ny2sh1racey4y2ev4or2ish2oy2udy1unde1yler2rone0uche1mair3r1rszula1sha2man1zma0vahid2l3erie2nessa2sile1eronica1icki4y2jay2kr' +
  'am2n3ny3od2shal2vek1lad4imir0wahid2leed3id2qar4s2rren2seem2yne1endy2z1iktoria2lliam2nston1ojciech0yasin4r3meen4in1emi2tunde1ousaf4' +
  'sef1usuf1vonne0zaheer3id4r3ra2id3n4ab2man1eeshan2ynep1ia1oe2fia2ya1ubair',
)

/** First names that are words, places or drugs too: they need a capital inside a sentence, or to be spoken of as somebody. */
export const alsoWords: ReadonlySet<string> = listed(`
  amber angel art ash basil bill billy blake blessing bob bobby charlie christian cliff crystal daisy dale dawn destiny dolly don drew eve
  faith frank gift gina ginger glen grace grant guy henry hope hunter ivy jack jan joy lance mandy mark mat max mercy miles mo molly ned
  nick olive pat patience pearl penny poppy precious prince ray rex rich rob robin rod roman rose sandy star stella sue summer tina
  trinity victor violet will
`)

/** Words that stand where a name may stand, and are none. */
export const neverNames: ReadonlySet<string> = listed(`
  about above again against also although angry another around away baby back because been before behind black bloke both brown call came
  cannot cant care chat chemist child clean code cold could couldnt council covid crap dead december didnt different dirty does doesnt
  done dont dose down drug drunk each emergency enough even every exchange face february feel felt find fine found friday friend from full
  funny gave girl glad gone good great group hard have head health heard help here himself home honest husband into isnt january junkie
  just keep kept kind knew knock know lady last late lazy lead left like line list look made make mate monday more much muslim must name
  need needle nice night november nurse october okay once only operator out over pain part past patient people person pharmacy phone place
  police poor practitioner proud put quiet rang read receptionist right room round rude safe said same scouse seen send sent she shit
  should sick since smackhead some soon sorry sound speak specialist spoke staff still student such sunday support take team test than
  thank thanks that their them then therapist there they thick this those though through till time today told tomorrow took town turn
  until upset very visit volunteer wait want wasnt weekend welcome well welsh went were what when where which while wife with without
  woman women wont work would wrong xxxx yeah year young your
`)

/** Surnames that are taken after a first name also without their capital. */
export const surnames: ReadonlySet<string> = listed(`
  ahmed ali allen begum clark clarke davies davis edwards evans green hall harris hill hughes hussain jones kaur kelly khan king lewis
  mitchell moore morris murphy patel phillips roberts scott shah singh smith stewart taylor white williams wood wright
`)

function listed(words: string): ReadonlySet<string> {
  return new Set(words.trim().split(/\s+/))
}

function unfolded(folded: string): ReadonlySet<string> {
  let last = ''
  return new Set(Array.from(folded.matchAll(/(\d)(\D+)/g), ([, common, rest = '']) => (last = last.slice(0, Number(common)) + rest)))
}
