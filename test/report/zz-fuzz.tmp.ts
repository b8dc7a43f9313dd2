import fc from 'fast-check';
import * as prettier from 'prettier';
import { inline, fenced } from '../../src/report/markdown-escape.ts';
const debug = (prettier as any).__debug;
const piece = fc.oneof(fc.constantFrom('`','``','```','\\','*','**','_','__','[',']','(',')','<','>','<b>','&','&lt;','&#35;',';','|','~~','#','# ','- ','1. ','+ ','\n','@me','http://a.b','www.a.b','a@b.c','!','![','](x)','[a]: http://x','---','===',' ','  ','x','漢',':','"',"'",'$','\u202e','$$','{','}','<!--','-->','\t','    '), fc.string({maxLength:3}));
const text = fc.array(piece,{maxLength:14}).map(p=>p.join(''));
const ok = new Set(['root','paragraph','text','sentence','word','whitespace','inlineCode','table','tableRow','tableCell','list','listItem','strong','code']);
async function types(md: string){ const {ast}=await debug.parse(md,{parser:'markdown'}); const out: string[]=[]; const v=(n:any)=>{out.push(n.type);(n.children??[]).forEach(v)}; v(ast); return out; }
let n=0;
await fc.assert(fc.asyncProperty(text, async (t)=>{
  const a = await types(inline(t)+'\n'); const bad=a.filter(x=>!['root','paragraph','text','inlineCode'].includes(x)); if(bad.length) throw new Error(bad.join()+' '+JSON.stringify(inline(t)));
  const b = await types('**lead:** '+inline(t)+' tail\n\n- '+inline(t)+'\n\n| a | b |\n| --- | --- |\n| '+inline(t,true)+' | z |\n');
  const cells=b.filter(x=>x==='tableCell').length; const bad2=b.filter(x=>!ok.has(x)); if(bad2.length||cells!==4||b.filter(x=>x==='strong').length!==1) {console.log('B', bad2.join(), cells, JSON.stringify(t), JSON.stringify(inline(t)),JSON.stringify(inline(t,true))); if(++n>12) throw new Error('many')}
  const c = await types(fenced(t.split('\n'),'text').join('\n')); if(c.join()!=='root,code') throw new Error(c.join());
}),{numRuns:40000, endOnFailure: true});
console.log('ok');
