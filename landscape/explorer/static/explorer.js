var Mf=["step","selection","hidden_methods","hidden_seeds","hidden_runs","color_by","sort_by","search","view","plane","theme"];function Cm(n){let t=[],e=0,i=()=>{e=0,n.save_changes()};return{live:!0,get:s=>n.get(s),set(s,r){n.set(s,r),e||(e=setTimeout(i,80))},send:s=>n.send(s),on(s,r){n.on(s,r),t.push([s,r])},destroy(){e&&(clearTimeout(e),i());for(let[s,r]of t)n.off(s,r)}}}function Pm(){return{live:!1,get:()=>{},set(){},send(){},on(){},destroy(){}}}var Im={f4:Float32Array,f8:Float64Array,i4:Int32Array};function Lb(n,t){if(n.b64!==void 0){let i=atob(n.b64),s=new Uint8Array(i.length);for(let r=0;r<i.length;r++)s[r]=i.charCodeAt(r);return s.buffer}let e=t[n.buffer];if(e===void 0)throw new Error(`the payload names buffer ${n.buffer}, but has ${t.length}`);return e instanceof ArrayBuffer?e.slice(0):e.buffer.slice(e.byteOffset,e.byteOffset+e.byteLength)}function Nb(n,t){let e=new n.constructor(t),i=n.length-1;for(let s=0;s<i;s++){let r=Math.round(s*(t-1)/i),o=Math.round((s+1)*(t-1)/i);for(let a=r;a<o;a++)e[a]=n[s]+(n[s+1]-n[s])*(a-r)/(o-r);Number.isFinite(n[s+1]-n[s])||(e.fill(NaN,r+1,o)[r]=n[s])}return e[t-1]=n[i],e}function Ns(n,t=[]){if(n===null||typeof n!="object"||ArrayBuffer.isView(n))return n;if(Array.isArray(n))return n.map(e=>Ns(e,t));if("dtype"in n&&("buffer"in n||"b64"in n)){let e=Im[n.dtype];if(!e)throw new Error(`unknown dtype ${n.dtype}; expected one of ${Object.keys(Im).join(", ")}`);let i=new e(Lb(n,t));return n.length===void 0?i:Nb(i,n.length)}return Object.fromEntries(Object.entries(n).map(([e,i])=>[e,Ns(i,t)]))}function Sf(n){if(!n||!Object.keys(n).length)return Lm();let t=n.header?Ns(n.header,n.buffers??[]):Ns(n);if(t.schema!==1)throw new Error(`payload schema ${t.schema} is not one this explorer reads (1)`);return{...Lm(),...t}}function Lm(){return{schema:1,title:"",subtitle:"",methods:[],runs:[],planes:[],can:{},protocol:""}}function Db(n,t){if(!n)return t;if(!t||!t.length)return n;let e=new n.constructor(n.length+t.length);return e.set(n),e.set(t,n.length),e}function Nm(n,t){for(let[e,i]of Object.entries(t))ArrayBuffer.isView(i)?n[e]=Db(n[e],i):i!==null&&typeof i=="object"&&!Array.isArray(i)?Nm(n[e]??={},i):i!==null&&(n[e]=i)}function Dm(n,t){let e={runs:!1,planes:!1,methods:!1};for(let i of t.methods??[])n.methods.some(s=>s.name===i.name)||(n.methods.push(i),e.methods=!0);for(let i of t.new_runs??[]){let s=n.runs.findIndex(r=>r.id===i.id);s<0?n.runs.push(i):n.runs[s]=i,e.runs=e.methods=!0}for(let{id:i,append:s,...r}of t.runs??[]){let o=n.runs.find(a=>a.id===i);if(!o)throw new Error(`the patch is for a run ${i} that the payload lacks`);Nm(o,s??{}),Object.assign(o,r),o.steps=Math.max(o.steps??0,o.series?.loss?.length??0),e.runs=!0}for(let i of t.planes??[]){let s=n.planes.findIndex(r=>r.id===i.id);s<0?n.planes.push(i):n.planes[s]=i,e.planes=!0}for(let i of["title","subtitle","protocol","loss_label"])t[i]!==void 0&&(n[i]=t[i]);return e}function Ub(n,t){return n===t?!0:Array.isArray(n)&&Array.isArray(t)&&n.length===t.length&&n.every((e,i)=>e===t[i])}var ec=class{constructor(t){this.values={...t},this.listeners=[]}get(t){return this.values[t]}set(t,e="view"){let i=new Set;for(let[s,r]of Object.entries(t))Ub(this.values[s],r)||(this.values[s]=r,i.add(s));if(i.size)for(let s of this.listeners)s(i,e)}subscribe(t){this.listeners.push(t)}},nc=class{constructor(t){this.draw=t,this.dirty=new Set,this.handle=0}request(...t){for(let e of t)this.dirty.add(e);this.handle||(this.handle=requestAnimationFrame(()=>this.flush()))}flush(){this.handle=0;let t=this.dirty;this.dirty=new Set,this.draw(t)}cancel(){cancelAnimationFrame(this.handle),this.dirty.clear()}};function bo(n,t,e){n.prototype=t.prototype=e,e.constructor=n}function Da(n,t){var e=Object.create(n.prototype);for(var i in t)e[i]=t[i];return e}function ar(){}var Br=.7,yo=1/Br,xo="\\s*([+-]?\\d+)\\s*",La="\\s*([+-]?(?:\\d*\\.)?\\d+(?:[eE][+-]?\\d+)?)\\s*",us="\\s*([+-]?(?:\\d*\\.)?\\d+(?:[eE][+-]?\\d+)?)%\\s*",Fb=/^#([0-9a-f]{3,8})$/,Ob=new RegExp(`^rgb\\(${xo},${xo},${xo}\\)$`),Bb=new RegExp(`^rgb\\(${us},${us},${us}\\)$`),kb=new RegExp(`^rgba\\(${xo},${xo},${xo},${La}\\)$`),zb=new RegExp(`^rgba\\(${us},${us},${us},${La}\\)$`),Vb=new RegExp(`^hsl\\(${La},${us},${us}\\)$`),Gb=new RegExp(`^hsla\\(${La},${us},${us},${La}\\)$`),Um={aliceblue:15792383,antiquewhite:16444375,aqua:65535,aquamarine:8388564,azure:15794175,beige:16119260,bisque:16770244,black:0,blanchedalmond:16772045,blue:255,blueviolet:9055202,brown:10824234,burlywood:14596231,cadetblue:6266528,chartreuse:8388352,chocolate:13789470,coral:16744272,cornflowerblue:6591981,cornsilk:16775388,crimson:14423100,cyan:65535,darkblue:139,darkcyan:35723,darkgoldenrod:12092939,darkgray:11119017,darkgreen:25600,darkgrey:11119017,darkkhaki:12433259,darkmagenta:9109643,darkolivegreen:5597999,darkorange:16747520,darkorchid:10040012,darkred:9109504,darksalmon:15308410,darkseagreen:9419919,darkslateblue:4734347,darkslategray:3100495,darkslategrey:3100495,darkturquoise:52945,darkviolet:9699539,deeppink:16716947,deepskyblue:49151,dimgray:6908265,dimgrey:6908265,dodgerblue:2003199,firebrick:11674146,floralwhite:16775920,forestgreen:2263842,fuchsia:16711935,gainsboro:14474460,ghostwhite:16316671,gold:16766720,goldenrod:14329120,gray:8421504,green:32768,greenyellow:11403055,grey:8421504,honeydew:15794160,hotpink:16738740,indianred:13458524,indigo:4915330,ivory:16777200,khaki:15787660,lavender:15132410,lavenderblush:16773365,lawngreen:8190976,lemonchiffon:16775885,lightblue:11393254,lightcoral:15761536,lightcyan:14745599,lightgoldenrodyellow:16448210,lightgray:13882323,lightgreen:9498256,lightgrey:13882323,lightpink:16758465,lightsalmon:16752762,lightseagreen:2142890,lightskyblue:8900346,lightslategray:7833753,lightslategrey:7833753,lightsteelblue:11584734,lightyellow:16777184,lime:65280,limegreen:3329330,linen:16445670,magenta:16711935,maroon:8388608,mediumaquamarine:6737322,mediumblue:205,mediumorchid:12211667,mediumpurple:9662683,mediumseagreen:3978097,mediumslateblue:8087790,mediumspringgreen:64154,mediumturquoise:4772300,mediumvioletred:13047173,midnightblue:1644912,mintcream:16121850,mistyrose:16770273,moccasin:16770229,navajowhite:16768685,navy:128,oldlace:16643558,olive:8421376,olivedrab:7048739,orange:16753920,orangered:16729344,orchid:14315734,palegoldenrod:15657130,palegreen:10025880,paleturquoise:11529966,palevioletred:14381203,papayawhip:16773077,peachpuff:16767673,peru:13468991,pink:16761035,plum:14524637,powderblue:11591910,purple:8388736,rebeccapurple:6697881,red:16711680,rosybrown:12357519,royalblue:4286945,saddlebrown:9127187,salmon:16416882,sandybrown:16032864,seagreen:3050327,seashell:16774638,sienna:10506797,silver:12632256,skyblue:8900331,slateblue:6970061,slategray:7372944,slategrey:7372944,snow:16775930,springgreen:65407,steelblue:4620980,tan:13808780,teal:32896,thistle:14204888,tomato:16737095,turquoise:4251856,violet:15631086,wheat:16113331,white:16777215,whitesmoke:16119285,yellow:16776960,yellowgreen:10145074};bo(ar,vo,{copy(n){return Object.assign(new this.constructor,this,n)},displayable(){return this.rgb().displayable()},hex:Fm,formatHex:Fm,formatHex8:Hb,formatHsl:Wb,formatRgb:Om,toString:Om});function Fm(){return this.rgb().formatHex()}function Hb(){return this.rgb().formatHex8()}function Wb(){return qm(this).formatHsl()}function Om(){return this.rgb().formatRgb()}function vo(n){var t,e;return n=(n+"").trim().toLowerCase(),(t=Fb.exec(n))?(e=t[1].length,t=parseInt(t[1],16),e===6?Bm(t):e===3?new Tn(t>>8&15|t>>4&240,t>>4&15|t&240,(t&15)<<4|t&15,1):e===8?ic(t>>24&255,t>>16&255,t>>8&255,(t&255)/255):e===4?ic(t>>12&15|t>>8&240,t>>8&15|t>>4&240,t>>4&15|t&240,((t&15)<<4|t&15)/255):null):(t=Ob.exec(n))?new Tn(t[1],t[2],t[3],1):(t=Bb.exec(n))?new Tn(t[1]*255/100,t[2]*255/100,t[3]*255/100,1):(t=kb.exec(n))?ic(t[1],t[2],t[3],t[4]):(t=zb.exec(n))?ic(t[1]*255/100,t[2]*255/100,t[3]*255/100,t[4]):(t=Vb.exec(n))?Vm(t[1],t[2]/100,t[3]/100,1):(t=Gb.exec(n))?Vm(t[1],t[2]/100,t[3]/100,t[4]):Um.hasOwnProperty(n)?Bm(Um[n]):n==="transparent"?new Tn(NaN,NaN,NaN,0):null}function Bm(n){return new Tn(n>>16&255,n>>8&255,n&255,1)}function ic(n,t,e,i){return i<=0&&(n=t=e=NaN),new Tn(n,t,e,i)}function Cf(n){return n instanceof ar||(n=vo(n)),n?(n=n.rgb(),new Tn(n.r,n.g,n.b,n.opacity)):new Tn}function kr(n,t,e,i){return arguments.length===1?Cf(n):new Tn(n,t,e,i??1)}function Tn(n,t,e,i){this.r=+n,this.g=+t,this.b=+e,this.opacity=+i}bo(Tn,kr,Da(ar,{brighter(n){return n=n==null?yo:Math.pow(yo,n),new Tn(this.r*n,this.g*n,this.b*n,this.opacity)},darker(n){return n=n==null?Br:Math.pow(Br,n),new Tn(this.r*n,this.g*n,this.b*n,this.opacity)},rgb(){return this},clamp(){return new Tn(Fr(this.r),Fr(this.g),Fr(this.b),rc(this.opacity))},displayable(){return-.5<=this.r&&this.r<255.5&&-.5<=this.g&&this.g<255.5&&-.5<=this.b&&this.b<255.5&&0<=this.opacity&&this.opacity<=1},hex:km,formatHex:km,formatHex8:Xb,formatRgb:zm,toString:zm}));function km(){return`#${Ur(this.r)}${Ur(this.g)}${Ur(this.b)}`}function Xb(){return`#${Ur(this.r)}${Ur(this.g)}${Ur(this.b)}${Ur((isNaN(this.opacity)?1:this.opacity)*255)}`}function zm(){let n=rc(this.opacity);return`${n===1?"rgb(":"rgba("}${Fr(this.r)}, ${Fr(this.g)}, ${Fr(this.b)}${n===1?")":`, ${n})`}`}function rc(n){return isNaN(n)?1:Math.max(0,Math.min(1,n))}function Fr(n){return Math.max(0,Math.min(255,Math.round(n)||0))}function Ur(n){return n=Fr(n),(n<16?"0":"")+n.toString(16)}function Vm(n,t,e,i){return i<=0?n=t=e=NaN:e<=0||e>=1?n=t=NaN:t<=0&&(n=NaN),new Gi(n,t,e,i)}function qm(n){if(n instanceof Gi)return new Gi(n.h,n.s,n.l,n.opacity);if(n instanceof ar||(n=vo(n)),!n)return new Gi;if(n instanceof Gi)return n;n=n.rgb();var t=n.r/255,e=n.g/255,i=n.b/255,s=Math.min(t,e,i),r=Math.max(t,e,i),o=NaN,a=r-s,c=(r+s)/2;return a?(t===r?o=(e-i)/a+(e<i)*6:e===r?o=(i-t)/a+2:o=(t-e)/a+4,a/=c<.5?r+s:2-r-s,o*=60):a=c>0&&c<1?0:o,new Gi(o,a,c,n.opacity)}function ac(n,t,e,i){return arguments.length===1?qm(n):new Gi(n,t,e,i??1)}function Gi(n,t,e,i){this.h=+n,this.s=+t,this.l=+e,this.opacity=+i}bo(Gi,ac,Da(ar,{brighter(n){return n=n==null?yo:Math.pow(yo,n),new Gi(this.h,this.s,this.l*n,this.opacity)},darker(n){return n=n==null?Br:Math.pow(Br,n),new Gi(this.h,this.s,this.l*n,this.opacity)},rgb(){var n=this.h%360+(this.h<0)*360,t=isNaN(n)||isNaN(this.s)?0:this.s,e=this.l,i=e+(e<.5?e:1-e)*t,s=2*e-i;return new Tn(wf(n>=240?n-240:n+120,s,i),wf(n,s,i),wf(n<120?n+240:n-120,s,i),this.opacity)},clamp(){return new Gi(Gm(this.h),sc(this.s),sc(this.l),rc(this.opacity))},displayable(){return(0<=this.s&&this.s<=1||isNaN(this.s))&&0<=this.l&&this.l<=1&&0<=this.opacity&&this.opacity<=1},formatHsl(){let n=rc(this.opacity);return`${n===1?"hsl(":"hsla("}${Gm(this.h)}, ${sc(this.s)*100}%, ${sc(this.l)*100}%${n===1?")":`, ${n})`}`}}));function Gm(n){return n=(n||0)%360,n<0?n+360:n}function sc(n){return Math.max(0,Math.min(1,n||0))}function wf(n,t,e){return(n<60?t+(e-t)*n/60:n<180?e:n<240?t+(e-t)*(240-n)/60:t)*255}var $m=Math.PI/180,Ym=180/Math.PI,oc=18,Zm=.96422,Jm=1,Km=.82521,jm=4/29,_o=6/29,Qm=3*_o*_o,qb=_o*_o*_o;function tg(n){if(n instanceof fs)return new fs(n.l,n.a,n.b,n.opacity);if(n instanceof Ds)return eg(n);n instanceof Tn||(n=Cf(n));var t=Rf(n.r),e=Rf(n.g),i=Rf(n.b),s=Af((.2225045*t+.7168786*e+.0606169*i)/Jm),r,o;return t===e&&e===i?r=o=s:(r=Af((.4360747*t+.3850649*e+.1430804*i)/Zm),o=Af((.0139322*t+.0971045*e+.7141733*i)/Km)),new fs(116*s-16,500*(r-s),200*(s-o),n.opacity)}function lc(n,t,e,i){return arguments.length===1?tg(n):new fs(n,t,e,i??1)}function fs(n,t,e,i){this.l=+n,this.a=+t,this.b=+e,this.opacity=+i}bo(fs,lc,Da(ar,{brighter(n){return new fs(this.l+oc*(n??1),this.a,this.b,this.opacity)},darker(n){return new fs(this.l-oc*(n??1),this.a,this.b,this.opacity)},rgb(){var n=(this.l+16)/116,t=isNaN(this.a)?n:n+this.a/500,e=isNaN(this.b)?n:n-this.b/200;return t=Zm*Ef(t),n=Jm*Ef(n),e=Km*Ef(e),new Tn(Tf(3.1338561*t-1.6168667*n-.4906146*e),Tf(-.9787684*t+1.9161415*n+.033454*e),Tf(.0719453*t-.2289914*n+1.4052427*e),this.opacity)}}));function Af(n){return n>qb?Math.pow(n,1/3):n/Qm+jm}function Ef(n){return n>_o?n*n*n:Qm*(n-jm)}function Tf(n){return 255*(n<=.0031308?12.92*n:1.055*Math.pow(n,1/2.4)-.055)}function Rf(n){return(n/=255)<=.04045?n/12.92:Math.pow((n+.055)/1.055,2.4)}function $b(n){if(n instanceof Ds)return new Ds(n.h,n.c,n.l,n.opacity);if(n instanceof fs||(n=tg(n)),n.a===0&&n.b===0)return new Ds(NaN,0<n.l&&n.l<100?0:NaN,n.l,n.opacity);var t=Math.atan2(n.b,n.a)*Ym;return new Ds(t<0?t+360:t,Math.sqrt(n.a*n.a+n.b*n.b),n.l,n.opacity)}function cc(n,t,e,i){return arguments.length===1?$b(n):new Ds(n,t,e,i??1)}function Ds(n,t,e,i){this.h=+n,this.c=+t,this.l=+e,this.opacity=+i}function eg(n){if(isNaN(n.h))return new fs(n.l,0,0,n.opacity);var t=n.h*$m;return new fs(n.l,Math.cos(t)*n.c,Math.sin(t)*n.c,n.opacity)}bo(Ds,cc,Da(ar,{brighter(n){return new Ds(this.h,this.c,this.l+oc*(n??1),this.opacity)},darker(n){return new Ds(this.h,this.c,this.l-oc*(n??1),this.opacity)},rgb(){return eg(this).rgb()}}));var ng=-.14861,Pf=1.78277,If=-.29227,hc=-.90649,Na=1.97294,Hm=Na*hc,Wm=Na*Pf,Xm=Pf*If-hc*ng;function Yb(n){if(n instanceof Or)return new Or(n.h,n.s,n.l,n.opacity);n instanceof Tn||(n=Cf(n));var t=n.r/255,e=n.g/255,i=n.b/255,s=(Xm*i+Hm*t-Wm*e)/(Xm+Hm-Wm),r=i-s,o=(Na*(e-s)-If*r)/hc,a=Math.sqrt(o*o+r*r)/(Na*s*(1-s)),c=a?Math.atan2(o,r)*Ym-120:NaN;return new Or(c<0?c+360:c,a,s,n.opacity)}function Ci(n,t,e,i){return arguments.length===1?Yb(n):new Or(n,t,e,i??1)}function Or(n,t,e,i){this.h=+n,this.s=+t,this.l=+e,this.opacity=+i}bo(Or,Ci,Da(ar,{brighter(n){return n=n==null?yo:Math.pow(yo,n),new Or(this.h,this.s,this.l*n,this.opacity)},darker(n){return n=n==null?Br:Math.pow(Br,n),new Or(this.h,this.s,this.l*n,this.opacity)},rgb(){var n=isNaN(this.h)?0:(this.h+120)*$m,t=+this.l,e=isNaN(this.s)?0:this.s*t*(1-t),i=Math.cos(n),s=Math.sin(n);return new Tn(255*(t+e*(ng*i+Pf*s)),255*(t+e*(If*i+hc*s)),255*(t+e*(Na*i)),this.opacity)}}));function Zb(n){let t=n.dataset.jpThemeLight;if(t!==void 0)return t==="true"?"light":"dark";let e=n.dataset.vscodeThemeKind??[...n.classList].find(i=>i.startsWith("vscode-"))??"";return e.startsWith("vscode-")?e.includes("light")?"light":"dark":null}function ig(n){let t=window.matchMedia("(prefers-color-scheme: dark)"),e=new MutationObserver(n);return e.observe(document.body,{attributes:!0,attributeFilter:["class","data-jp-theme-light","data-vscode-theme-kind"]}),t.addEventListener("change",n),()=>{e.disconnect(),t.removeEventListener("change",n)}}function sg(n){if(n==="light"||n==="dark")return n;let t=window.matchMedia("(prefers-color-scheme: dark)").matches?"dark":"light";return Zb(document.body)??t}function rg(n){let t=lc(n);return Number.isFinite(t.l)?(t.l<50&&(t.l=100-t.l),t.formatHex()):n}function og(n){let t=getComputedStyle(n),e=i=>t.getPropertyValue(`--lx-${i}`).trim();return Object.fromEntries(["ground","ink","ink-2","ink-3","rule","grid","accent","span","hatch","hatch-ground"].map(i=>[i.replace(/-(\w)/g,(s,r)=>r.toUpperCase()),e(i)]))}function Ua(n,t){return n==null||t==null?NaN:n<t?-1:n>t?1:n>=t?0:NaN}function Jb(n,t){return n==null||t==null?NaN:t<n?-1:t>n?1:t>=n?0:NaN}function ag(n){let t,e,i;n.length!==2?(t=Ua,e=(a,c)=>Ua(n(a),c),i=(a,c)=>n(a)-c):(t=n===Ua||n===Jb?n:Kb,e=n,i=n);function s(a,c,l=0,h=a.length){if(l<h){if(t(c,c)!==0)return h;do{let u=l+h>>>1;e(a[u],c)<0?l=u+1:h=u}while(l<h)}return l}function r(a,c,l=0,h=a.length){if(l<h){if(t(c,c)!==0)return h;do{let u=l+h>>>1;e(a[u],c)<=0?l=u+1:h=u}while(l<h)}return l}function o(a,c,l=0,h=a.length){let u=s(a,c,l,h-1);return u>l&&i(a[u-1],c)>-i(a[u],c)?u-1:u}return{left:s,center:o,right:r}}function Kb(){return 0}function jb(n){return n===null?NaN:+n}var lg=ag(Ua),cg=lg.right,SR=lg.left,wR=ag(jb).center;var Qb=hg(ug),AR=hg(tv);function hg(n){return function(t,e,i=e){if(!((e=+e)>=0))throw new RangeError("invalid rx");if(!((i=+i)>=0))throw new RangeError("invalid ry");let{data:s,width:r,height:o}=t;if(!((r=Math.floor(r))>=0))throw new RangeError("invalid width");if(!((o=Math.floor(o!==void 0?o:s.length/r))>=0))throw new RangeError("invalid height");if(!r||!o||!e&&!i)return t;let a=e&&n(e),c=i&&n(i),l=s.slice();return a&&c?(Mo(a,l,s,r,o),Mo(a,s,l,r,o),Mo(a,l,s,r,o),So(c,s,l,r,o),So(c,l,s,r,o),So(c,s,l,r,o)):a?(Mo(a,s,l,r,o),Mo(a,l,s,r,o),Mo(a,s,l,r,o)):c&&(So(c,s,l,r,o),So(c,l,s,r,o),So(c,s,l,r,o)),t}}function Mo(n,t,e,i,s){for(let r=0,o=i*s;r<o;)n(t,e,r,r+=i,1)}function So(n,t,e,i,s){for(let r=0,o=i*s;r<i;++r)n(t,e,r,r+o,i)}function tv(n){let t=ug(n);return(e,i,s,r,o)=>{s<<=2,r<<=2,o<<=2,t(e,i,s+0,r+0,o),t(e,i,s+1,r+1,o),t(e,i,s+2,r+2,o),t(e,i,s+3,r+3,o)}}function ug(n){let t=Math.floor(n);if(t===n)return ev(n);let e=n-t,i=2*n+1;return(s,r,o,a,c)=>{if(!((a-=c)>=o))return;let l=t*r[o],h=c*t,u=h+c;for(let f=o,d=o+h;f<d;f+=c)l+=r[Math.min(a,f)];for(let f=o,d=a;f<=d;f+=c)l+=r[Math.min(a,f+h)],s[f]=(l+e*(r[Math.max(o,f-u)]+r[Math.min(a,f+u)]))/i,l-=r[Math.max(o,f-h)]}}function ev(n){let t=2*n+1;return(e,i,s,r,o)=>{if(!((r-=o)>=s))return;let a=n*i[s],c=o*n;for(let l=s,h=s+c;l<h;l+=o)a+=i[Math.min(r,l)];for(let l=s,h=r;l<=h;l+=o)a+=i[Math.min(r,l+c)],e[l]=a/t,a-=i[Math.max(s,l-c)]}}function nv(n,t){let e=0;if(t===void 0)for(let i of n)i!=null&&(i=+i)>=i&&++e;else{let i=-1;for(let s of n)(s=t(s,++i,n))!=null&&(s=+s)>=s&&++e}return e}function fg(n,t){let e,i;if(t===void 0)for(let s of n)s!=null&&(e===void 0?s>=s&&(e=i=s):(e>s&&(e=s),i<s&&(i=s)));else{let s=-1;for(let r of n)(r=t(r,++s,n))!=null&&(e===void 0?r>=r&&(e=i=r):(e>r&&(e=r),i<r&&(i=r)))}return[e,i]}var iv=Array.prototype,ER=iv.slice;var sv=Math.sqrt(50),rv=Math.sqrt(10),ov=Math.sqrt(2);function uc(n,t,e){let i=(t-n)/Math.max(0,e),s=Math.floor(Math.log10(i)),r=i/Math.pow(10,s),o=r>=sv?10:r>=rv?5:r>=ov?2:1,a,c,l;return s<0?(l=Math.pow(10,-s)/o,a=Math.round(n*l),c=Math.round(t*l),a/l<n&&++a,c/l>t&&--c,l=-l):(l=Math.pow(10,s)*o,a=Math.round(n/l),c=Math.round(t/l),a*l<n&&++a,c*l>t&&--c),c<a&&.5<=e&&e<2?uc(n,t,e*2):[a,c,l]}function wo(n,t,e){if(t=+t,n=+n,e=+e,!(e>0))return[];if(n===t)return[n];let i=t<n,[s,r,o]=i?uc(t,n,e):uc(n,t,e);if(!(r>=s))return[];let a=r-s+1,c=new Array(a);if(i)if(o<0)for(let l=0;l<a;++l)c[l]=(r-l)/-o;else for(let l=0;l<a;++l)c[l]=(r-l)*o;else if(o<0)for(let l=0;l<a;++l)c[l]=(s+l)/-o;else for(let l=0;l<a;++l)c[l]=(s+l)*o;return c}function Fa(n,t,e){return t=+t,n=+n,e=+e,uc(n,t,e)[2]}function dg(n,t,e){t=+t,n=+n,e=+e;let i=t<n,s=i?Fa(t,n,e):Fa(n,t,e);return(i?-1:1)*(s<0?1/-s:s)}function pg(n,t,e){let i;for(;;){let s=Fa(n,t,e);if(s===i||s===0||!isFinite(s))return[n,t];if(s>0){let r=Math.ceil(n/s),o=Math.floor(t/s);n=(r-(r*s>n))*s,t=(o+(o*s<t))*s}else if(s<0){let r=-s,o=Math.ceil(n*r),a=Math.floor(t*r);n=(o-(o/r>n))/r,t=(a+(a/r<t))/r}i=s}}function mg(n){return Math.max(1,Math.ceil(Math.log(nv(n))/Math.LN2)+1)}var TR=av(Math.random);function av(n){return function(e,i=0,s=e.length){let r=s-(i=+i);for(;r;){let o=n()*r--|0,a=e[r+i];e[r+i]=e[o+i],e[o+i]=a}return e}}function yg(n,t,e,i,s){var r=n*n,o=r*n;return((1-3*n+3*r-o)*t+(4-6*r+3*o)*e+(1+3*n+3*r-3*o)*i+o*s)/6}function lv(n){var t=n.length-1;return function(e){var i=e<=0?e=0:e>=1?(e=1,t-1):Math.floor(e*t),s=n[i],r=n[i+1],o=i>0?n[i-1]:2*s-r,a=i<t-1?n[i+2]:2*r-s;return yg((e-i/t)*t,o,s,r,a)}}function cv(n){var t=n.length;return function(e){var i=Math.floor(((e%=1)<0?++e:e)*t),s=n[(i+t-1)%t],r=n[i%t],o=n[(i+1)%t],a=n[(i+2)%t];return yg((e-i/t)*t,s,r,o,a)}}var dc=n=>()=>n;function bg(n,t){return function(e){return n+e*t}}function hv(n,t,e){return n=Math.pow(n,e),t=Math.pow(t,e)-n,e=1/e,function(i){return Math.pow(n+i*t,e)}}function Uf(n,t){var e=t-n;return e?bg(n,e>180||e<-180?e-360*Math.round(e/360):e):dc(isNaN(n)?t:n)}function uv(n){return(n=+n)==1?si:function(t,e){return e-t?hv(t,e,n):dc(isNaN(t)?e:t)}}function si(n,t){var e=t-n;return e?bg(n,e):dc(isNaN(n)?t:n)}var gg=(function n(t){var e=uv(t);function i(s,r){var o=e((s=kr(s)).r,(r=kr(r)).r),a=e(s.g,r.g),c=e(s.b,r.b),l=si(s.opacity,r.opacity);return function(h){return s.r=o(h),s.g=a(h),s.b=c(h),s.opacity=l(h),s+""}}return i.gamma=n,i})(1);function vg(n){return function(t){var e=t.length,i=new Array(e),s=new Array(e),r=new Array(e),o,a;for(o=0;o<e;++o)a=kr(t[o]),i[o]=a.r||0,s[o]=a.g||0,r[o]=a.b||0;return i=n(i),s=n(s),r=n(r),a.opacity=1,function(c){return a.r=i(c),a.g=s(c),a.b=r(c),a+""}}}var Mg=vg(lv),PR=vg(cv);function fv(n,t){t||(t=[]);var e=n?Math.min(t.length,n.length):0,i=t.slice(),s;return function(r){for(s=0;s<e;++s)i[s]=n[s]*(1-r)+t[s]*r;return i}}function dv(n){return ArrayBuffer.isView(n)&&!(n instanceof DataView)}function pv(n,t){var e=t?t.length:0,i=n?Math.min(e,n.length):0,s=new Array(i),r=new Array(e),o;for(o=0;o<i;++o)s[o]=pc(n[o],t[o]);for(;o<e;++o)r[o]=t[o];return function(a){for(o=0;o<i;++o)r[o]=s[o](a);return r}}function mv(n,t){var e=new Date;return n=+n,t=+t,function(i){return e.setTime(n*(1-i)+t*i),e}}function Hi(n,t){return n=+n,t=+t,function(e){return n*(1-e)+t*e}}function gv(n,t){var e={},i={},s;(n===null||typeof n!="object")&&(n={}),(t===null||typeof t!="object")&&(t={});for(s in t)s in n?e[s]=pc(n[s],t[s]):i[s]=t[s];return function(r){for(s in e)i[s]=e[s](r);return i}}var Nf=/[-+]?(?:\d+\.?\d*|\.?\d+)(?:[eE][-+]?\d+)?/g,Lf=new RegExp(Nf.source,"g");function xv(n){return function(){return n}}function _v(n){return function(t){return n(t)+""}}function yv(n,t){var e=Nf.lastIndex=Lf.lastIndex=0,i,s,r,o=-1,a=[],c=[];for(n=n+"",t=t+"";(i=Nf.exec(n))&&(s=Lf.exec(t));)(r=s.index)>e&&(r=t.slice(e,r),a[o]?a[o]+=r:a[++o]=r),(i=i[0])===(s=s[0])?a[o]?a[o]+=s:a[++o]=s:(a[++o]=null,c.push({i:o,x:Hi(i,s)})),e=Lf.lastIndex;return e<t.length&&(r=t.slice(e),a[o]?a[o]+=r:a[++o]=r),a.length<2?c[0]?_v(c[0].x):xv(t):(t=c.length,function(l){for(var h=0,u;h<t;++h)a[(u=c[h]).i]=u.x(l);return a.join("")})}function pc(n,t){var e=typeof t,i;return t==null||e==="boolean"?dc(t):(e==="number"?Hi:e==="string"?(i=vo(t))?(t=i,gg):yv:t instanceof vo?gg:t instanceof Date?mv:dv(t)?fv:Array.isArray(t)?pv:typeof t.valueOf!="function"&&typeof t.toString!="function"||isNaN(t)?gv:Hi)(n,t)}function Sg(n,t){return n=+n,t=+t,function(e){return Math.round(n*(1-e)+t*e)}}var xg=180/Math.PI,Df={translateX:0,translateY:0,rotate:0,skewX:0,scaleX:1,scaleY:1};function wg(n,t,e,i,s,r){var o,a,c;return(o=Math.sqrt(n*n+t*t))&&(n/=o,t/=o),(c=n*e+t*i)&&(e-=n*c,i-=t*c),(a=Math.sqrt(e*e+i*i))&&(e/=a,i/=a,c/=a),n*i<t*e&&(n=-n,t=-t,c=-c,o=-o),{translateX:s,translateY:r,rotate:Math.atan2(t,n)*xg,skewX:Math.atan(c)*xg,scaleX:o,scaleY:a}}var fc;function bv(n){let t=new(typeof DOMMatrix=="function"?DOMMatrix:WebKitCSSMatrix)(n+"");return t.isIdentity?Df:wg(t.a,t.b,t.c,t.d,t.e,t.f)}function vv(n){return n==null||(fc||(fc=document.createElementNS("http://www.w3.org/2000/svg","g")),fc.setAttribute("transform",n),!(n=fc.transform.baseVal.consolidate()))?Df:(n=n.matrix,wg(n.a,n.b,n.c,n.d,n.e,n.f))}function Ag(n,t,e,i){function s(l){return l.length?l.pop()+" ":""}function r(l,h,u,f,d,p){if(l!==u||h!==f){var x=d.push("translate(",null,t,null,e);p.push({i:x-4,x:Hi(l,u)},{i:x-2,x:Hi(h,f)})}else(u||f)&&d.push("translate("+u+t+f+e)}function o(l,h,u,f){l!==h?(l-h>180?h+=360:h-l>180&&(l+=360),f.push({i:u.push(s(u)+"rotate(",null,i)-2,x:Hi(l,h)})):h&&u.push(s(u)+"rotate("+h+i)}function a(l,h,u,f){l!==h?f.push({i:u.push(s(u)+"skewX(",null,i)-2,x:Hi(l,h)}):h&&u.push(s(u)+"skewX("+h+i)}function c(l,h,u,f,d,p){if(l!==u||h!==f){var x=d.push(s(d)+"scale(",null,",",null,")");p.push({i:x-4,x:Hi(l,u)},{i:x-2,x:Hi(h,f)})}else(u!==1||f!==1)&&d.push(s(d)+"scale("+u+","+f+")")}return function(l,h){var u=[],f=[];return l=n(l),h=n(h),r(l.translateX,l.translateY,h.translateX,h.translateY,u,f),o(l.rotate,h.rotate,u,f),a(l.skewX,h.skewX,u,f),c(l.scaleX,l.scaleY,h.scaleX,h.scaleY,u,f),l=h=null,function(d){for(var p=-1,x=f.length,m;++p<x;)u[(m=f[p]).i]=m.x(d);return u.join("")}}}var IR=Ag(bv,"px, ","px)","deg)"),LR=Ag(vv,", ",")",")"),Mv=1e-12;function _g(n){return((n=Math.exp(n))+1/n)/2}function Sv(n){return((n=Math.exp(n))-1/n)/2}function wv(n){return((n=Math.exp(2*n))-1)/(n+1)}var NR=(function n(t,e,i){function s(r,o){var a=r[0],c=r[1],l=r[2],h=o[0],u=o[1],f=o[2],d=h-a,p=u-c,x=d*d+p*p,m,g;if(x<Mv)g=Math.log(f/l)/t,m=function(_){return[a+_*d,c+_*p,l*Math.exp(t*_*g)]};else{var b=Math.sqrt(x),T=(f*f-l*l+i*x)/(2*l*e*b),v=(f*f-l*l-i*x)/(2*f*e*b),R=Math.log(Math.sqrt(T*T+1)-T),E=Math.log(Math.sqrt(v*v+1)-v);g=(E-R)/t,m=function(_){var A=_*g,O=_g(R),I=l/(e*b)*(O*wv(t*A+R)-Sv(R));return[a+I*d,c+I*p,l*O/_g(t*A+R)]}}return m.duration=Math.abs(g)*1e3*t/Math.SQRT2,m}return s.rho=function(r){var o=Math.max(.001,+r),a=o*o,c=a*a;return n(o,a,c)},s})(Math.SQRT2,2,4);function Eg(n){return function(t,e){var i=n((t=ac(t)).h,(e=ac(e)).h),s=si(t.s,e.s),r=si(t.l,e.l),o=si(t.opacity,e.opacity);return function(a){return t.h=i(a),t.s=s(a),t.l=r(a),t.opacity=o(a),t+""}}}var DR=Eg(Uf),UR=Eg(si);function Tg(n){return function(t,e){var i=n((t=cc(t)).h,(e=cc(e)).h),s=si(t.c,e.c),r=si(t.l,e.l),o=si(t.opacity,e.opacity);return function(a){return t.h=i(a),t.c=s(a),t.l=r(a),t.opacity=o(a),t+""}}}var FR=Tg(Uf),OR=Tg(si);function Rg(n){return(function t(e){e=+e;function i(s,r){var o=n((s=Ci(s)).h,(r=Ci(r)).h),a=si(s.s,r.s),c=si(s.l,r.l),l=si(s.opacity,r.opacity);return function(h){return s.h=o(h),s.s=a(h),s.l=c(Math.pow(h,e)),s.opacity=l(h),s+""}}return i.gamma=t,i})(1)}var BR=Rg(Uf),mc=Rg(si);function Av(n){return Math.abs(n=Math.round(n))>=1e21?n.toLocaleString("en").replace(/,/g,""):n.toString(10)}function xc(n,t){if(!isFinite(n)||n===0)return null;var e=(n=t?n.toExponential(t-1):n.toExponential()).indexOf("e"),i=n.slice(0,e);return[i.length>1?i[0]+i.slice(2):i,+n.slice(e+1)]}function Ao(n){return n=xc(Math.abs(n)),n?n[1]:NaN}function Ev(n,t){return function(e,i){for(var s=e.length,r=[],o=0,a=n[0],c=0;s>0&&a>0&&(c+a+1>i&&(a=Math.max(1,i-c)),r.push(e.substring(s-=a,s+a)),!((c+=a+1)>i));)a=n[o=(o+1)%n.length];return r.reverse().join(t)}}function Tv(n){return function(t){return t.replace(/[0-9]/g,function(e){return n[+e]})}}var Rv=/^(?:(.)?([<>=^]))?([+\-( ])?([$#])?(0)?(\d+)?(,)?(\.\d+)?(~)?([a-z%])?$/i;function Eo(n){if(!(t=Rv.exec(n)))throw new Error("invalid format: "+n);var t;return new Ff({fill:t[1],align:t[2],sign:t[3],symbol:t[4],zero:t[5],width:t[6],comma:t[7],precision:t[8]&&t[8].slice(1),trim:t[9],type:t[10]})}Eo.prototype=Ff.prototype;function Ff(n){this.fill=n.fill===void 0?" ":n.fill+"",this.align=n.align===void 0?">":n.align+"",this.sign=n.sign===void 0?"-":n.sign+"",this.symbol=n.symbol===void 0?"":n.symbol+"",this.zero=!!n.zero,this.width=n.width===void 0?void 0:+n.width,this.comma=!!n.comma,this.precision=n.precision===void 0?void 0:+n.precision,this.trim=!!n.trim,this.type=n.type===void 0?"":n.type+""}Ff.prototype.toString=function(){return this.fill+this.align+this.sign+this.symbol+(this.zero?"0":"")+(this.width===void 0?"":Math.max(1,this.width|0))+(this.comma?",":"")+(this.precision===void 0?"":"."+Math.max(0,this.precision|0))+(this.trim?"~":"")+this.type};function Cv(n){t:for(var t=n.length,e=1,i=-1,s;e<t;++e)switch(n[e]){case".":i=s=e;break;case"0":i===0&&(i=e),s=e;break;default:if(!+n[e])break t;i>0&&(i=0);break}return i>0?n.slice(0,i)+n.slice(s+1):n}var _c;function Pv(n,t){var e=xc(n,t);if(!e)return _c=void 0,n.toPrecision(t);var i=e[0],s=e[1],r=s-(_c=Math.max(-8,Math.min(8,Math.floor(s/3)))*3)+1,o=i.length;return r===o?i:r>o?i+new Array(r-o+1).join("0"):r>0?i.slice(0,r)+"."+i.slice(r):"0."+new Array(1-r).join("0")+xc(n,Math.max(0,t+r-1))[0]}function Cg(n,t){var e=xc(n,t);if(!e)return n+"";var i=e[0],s=e[1];return s<0?"0."+new Array(-s).join("0")+i:i.length>s+1?i.slice(0,s+1)+"."+i.slice(s+1):i+new Array(s-i.length+2).join("0")}var Pg={"%":(n,t)=>(n*100).toFixed(t),b:n=>Math.round(n).toString(2),c:n=>n+"",d:Av,e:(n,t)=>n.toExponential(t),f:(n,t)=>n.toFixed(t),g:(n,t)=>n.toPrecision(t),o:n=>Math.round(n).toString(8),p:(n,t)=>Cg(n*100,t),r:Cg,s:Pv,X:n=>Math.round(n).toString(16).toUpperCase(),x:n=>Math.round(n).toString(16)};function Ig(n){return n}var Lg=Array.prototype.map,Ng=["y","z","a","f","p","n","µ","m","","k","M","G","T","P","E","Z","Y"];function Iv(n){var t=n.grouping===void 0||n.thousands===void 0?Ig:Ev(Lg.call(n.grouping,Number),n.thousands+""),e=n.currency===void 0?"":n.currency[0]+"",i=n.currency===void 0?"":n.currency[1]+"",s=n.decimal===void 0?".":n.decimal+"",r=n.numerals===void 0?Ig:Tv(Lg.call(n.numerals,String)),o=n.percent===void 0?"%":n.percent+"",a=n.minus===void 0?"−":n.minus+"",c=n.nan===void 0?"NaN":n.nan+"";function l(u,f){u=Eo(u);var d=u.fill,p=u.align,x=u.sign,m=u.symbol,g=u.zero,b=u.width,T=u.comma,v=u.precision,R=u.trim,E=u.type;E==="n"?(T=!0,E="g"):Pg[E]||(v===void 0&&(v=12),R=!0,E="g"),(g||d==="0"&&p==="=")&&(g=!0,d="0",p="=");var _=(f&&f.prefix!==void 0?f.prefix:"")+(m==="$"?e:m==="#"&&/[boxX]/.test(E)?"0"+E.toLowerCase():""),A=(m==="$"?i:/[%p]/.test(E)?o:"")+(f&&f.suffix!==void 0?f.suffix:""),O=Pg[E],I=/[defgprs%]/.test(E);v=v===void 0?6:/[gprs]/.test(E)?Math.max(1,Math.min(21,v)):Math.max(0,Math.min(20,v));function L(B){var V=_,N=A,H,Y,z;if(E==="c")N=O(B)+N,B="";else{B=+B;var at=B<0||1/B<0;if(B=isNaN(B)?c:O(Math.abs(B),v),R&&(B=Cv(B)),at&&+B==0&&x!=="+"&&(at=!1),V=(at?x==="("?x:a:x==="-"||x==="("?"":x)+V,N=(E==="s"&&!isNaN(B)&&_c!==void 0?Ng[8+_c/3]:"")+N+(at&&x==="("?")":""),I){for(H=-1,Y=B.length;++H<Y;)if(z=B.charCodeAt(H),48>z||z>57){N=(z===46?s+B.slice(H+1):B.slice(H))+N,B=B.slice(0,H);break}}}T&&!g&&(B=t(B,1/0));var Z=V.length+B.length+N.length,j=Z<b?new Array(b-Z+1).join(d):"";switch(T&&g&&(B=t(j+B,j.length?b-N.length:1/0),j=""),p){case"<":B=V+B+N+j;break;case"=":B=V+j+B+N;break;case"^":B=j.slice(0,Z=j.length>>1)+V+B+N+j.slice(Z);break;default:B=j+V+B+N;break}return r(B)}return L.toString=function(){return u+""},L}function h(u,f){var d=Math.max(-8,Math.min(8,Math.floor(Ao(f)/3)))*3,p=Math.pow(10,-d),x=l((u=Eo(u),u.type="f",u),{suffix:Ng[8+d/3]});return function(m){return x(p*m)}}return{format:l,formatPrefix:h}}var gc,yc,Of;Lv({thousands:",",grouping:[3],currency:["$",""]});function Lv(n){return gc=Iv(n),yc=gc.format,Of=gc.formatPrefix,gc}function Dg(n){return Math.max(0,-Ao(Math.abs(n)))}function Ug(n,t){return Math.max(0,Math.max(-8,Math.min(8,Math.floor(Ao(t)/3)))*3-Ao(Math.abs(n)))}function Fg(n,t){return n=Math.abs(n),t=Math.abs(t)-n,Math.max(0,Ao(t)-Ao(n))+1}function Vg(n,t){switch(arguments.length){case 0:break;case 1:this.range(n);break;default:this.range(t).domain(n);break}return this}function Nv(n){return function(){return n}}function Dv(n){return+n}var Og=[0,1];function To(n){return n}function Bf(n,t){return(t-=n=+n)?function(e){return(e-n)/t}:Nv(isNaN(t)?NaN:.5)}function Uv(n,t){var e;return n>t&&(e=n,n=t,t=e),function(i){return Math.max(n,Math.min(t,i))}}function Fv(n,t,e){var i=n[0],s=n[1],r=t[0],o=t[1];return s<i?(i=Bf(s,i),r=e(o,r)):(i=Bf(i,s),r=e(r,o)),function(a){return r(i(a))}}function Ov(n,t,e){var i=Math.min(n.length,t.length)-1,s=new Array(i),r=new Array(i),o=-1;for(n[i]<n[0]&&(n=n.slice().reverse(),t=t.slice().reverse());++o<i;)s[o]=Bf(n[o],n[o+1]),r[o]=e(t[o],t[o+1]);return function(a){var c=cg(n,a,1,i)-1;return r[c](s[c](a))}}function Gg(n,t){return t.domain(n.domain()).range(n.range()).interpolate(n.interpolate()).clamp(n.clamp()).unknown(n.unknown())}function Hg(){var n=Og,t=Og,e=pc,i,s,r,o=To,a,c,l;function h(){var f=Math.min(n.length,t.length);return o!==To&&(o=Uv(n[0],n[f-1])),a=f>2?Ov:Fv,c=l=null,u}function u(f){return f==null||isNaN(f=+f)?r:(c||(c=a(n.map(i),t,e)))(i(o(f)))}return u.invert=function(f){return o(s((l||(l=a(t,n.map(i),Hi)))(f)))},u.domain=function(f){return arguments.length?(n=Array.from(f,Dv),h()):n.slice()},u.range=function(f){return arguments.length?(t=Array.from(f),h()):t.slice()},u.rangeRound=function(f){return t=Array.from(f),e=Sg,h()},u.clamp=function(f){return arguments.length?(o=f?!0:To,h()):o!==To},u.interpolate=function(f){return arguments.length?(e=f,h()):e},u.unknown=function(f){return arguments.length?(r=f,u):r},function(f,d){return i=f,s=d,h()}}function Bv(){return Hg()(To,To)}function kv(n,t,e,i){var s=dg(n,t,e),r;switch(i=Eo(i??",f"),i.type){case"s":{var o=Math.max(Math.abs(n),Math.abs(t));return i.precision==null&&!isNaN(r=Ug(s,o))&&(i.precision=r),Of(i,o)}case"":case"e":case"g":case"p":case"r":{i.precision==null&&!isNaN(r=Fg(s,Math.max(Math.abs(n),Math.abs(t))))&&(i.precision=r-(i.type==="e"));break}case"f":case"%":{i.precision==null&&!isNaN(r=Dg(s))&&(i.precision=r-(i.type==="%")*2);break}}return yc(i)}function zv(n){var t=n.domain;return n.ticks=function(e){var i=t();return wo(i[0],i[i.length-1],e??10)},n.tickFormat=function(e,i){var s=t();return kv(s[0],s[s.length-1],e??10,i)},n.nice=function(e){e==null&&(e=10);var i=t(),s=0,r=i.length-1,o=i[s],a=i[r],c,l,h=10;for(a<o&&(l=o,o=a,a=l,l=s,s=r,r=l);h-- >0;){if(l=Fa(o,a,e),l===c)return i[s]=o,i[r]=a,t(i);if(l>0)o=Math.floor(o/l)*l,a=Math.ceil(a/l)*l;else if(l<0)o=Math.ceil(o*l)/l,a=Math.floor(a*l)/l;else break;c=l}return n},n}function ri(){var n=Bv();return n.copy=function(){return Gg(n,ri())},Vg.apply(n,arguments),zv(n)}function Vv(n,t){n=n.slice();var e=0,i=n.length-1,s=n[e],r=n[i],o;return r<s&&(o=e,e=i,i=o,o=s,s=r,r=o),n[e]=t.floor(s),n[i]=t.ceil(r),n}function Bg(n){return Math.log(n)}function kg(n){return Math.exp(n)}function Gv(n){return-Math.log(-n)}function Hv(n){return-Math.exp(-n)}function Wv(n){return isFinite(n)?+("1e"+n):n<0?0:n}function Xv(n){return n===10?Wv:n===Math.E?Math.exp:t=>Math.pow(n,t)}function qv(n){return n===Math.E?Math.log:n===10&&Math.log10||n===2&&Math.log2||(n=Math.log(n),t=>Math.log(t)/n)}function zg(n){return(t,e)=>-n(-t,e)}function $v(n){let t=n(Bg,kg),e=t.domain,i=10,s,r;function o(){return s=qv(i),r=Xv(i),e()[0]<0?(s=zg(s),r=zg(r),n(Gv,Hv)):n(Bg,kg),t}return t.base=function(a){return arguments.length?(i=+a,o()):i},t.domain=function(a){return arguments.length?(e(a),o()):e()},t.ticks=a=>{let c=e(),l=c[0],h=c[c.length-1],u=h<l;u&&([l,h]=[h,l]);let f=s(l),d=s(h),p,x,m=a==null?10:+a,g=[];if(!(i%1)&&d-f<m){if(f=Math.floor(f),d=Math.ceil(d),l>0){for(;f<=d;++f)for(p=1;p<i;++p)if(x=f<0?p/r(-f):p*r(f),!(x<l)){if(x>h)break;g.push(x)}}else for(;f<=d;++f)for(p=i-1;p>=1;--p)if(x=f>0?p/r(-f):p*r(f),!(x<l)){if(x>h)break;g.push(x)}g.length*2<m&&(g=wo(l,h,m))}else g=wo(f,d,Math.min(d-f,m)).map(r);return u?g.reverse():g},t.tickFormat=(a,c)=>{if(a==null&&(a=10),c==null&&(c=i===10?"s":","),typeof c!="function"&&(!(i%1)&&(c=Eo(c)).precision==null&&(c.trim=!0),c=yc(c)),a===1/0)return c;let l=Math.max(1,i*a/t.ticks().length);return h=>{let u=h/r(Math.round(s(h)));return u*i<i-.5&&(u*=i),u<=l?c(h):""}},t.nice=()=>e(Vv(e(),{floor:a=>r(Math.floor(s(a))),ceil:a=>r(Math.ceil(s(a)))})),t}function Us(){let n=$v(Hg()).domain([1,10]);return n.copy=()=>Gg(n,Us()).base(n.base()),Vg.apply(n,arguments),n}function ce(n){for(var t=n.length/6|0,e=new Array(t),i=0;i<t;)e[i]="#"+n.slice(i*6,++i*6);return e}var jR=ce("1f77b4ff7f0e2ca02cd627289467bd8c564be377c27f7f7fbcbd2217becf"),QR=ce("7fc97fbeaed4fdc086ffff99386cb0f0027fbf5b17666666"),tC=ce("1b9e77d95f027570b3e7298a66a61ee6ab02a6761d666666"),eC=ce("4269d0efb118ff725c6cc5b03ca951ff8ab7a463f297bbf59c6b4e9498a0"),nC=ce("a6cee31f78b4b2df8a33a02cfb9a99e31a1cfdbf6fff7f00cab2d66a3d9affff99b15928"),iC=ce("fbb4aeb3cde3ccebc5decbe4fed9a6ffffcce5d8bdfddaecf2f2f2"),sC=ce("b3e2cdfdcdaccbd5e8f4cae4e6f5c9fff2aef1e2cccccccc"),rC=ce("e41a1c377eb84daf4a984ea3ff7f00ffff33a65628f781bf999999"),oC=ce("66c2a5fc8d628da0cbe78ac3a6d854ffd92fe5c494b3b3b3"),aC=ce("8dd3c7ffffb3bebadafb807280b1d3fdb462b3de69fccde5d9d9d9bc80bdccebc5ffed6f"),lC=ce("4e79a7f28e2ce1575976b7b259a14fedc949af7aa1ff9da79c755fbab0ab"),Oe=n=>Mg(n[n.length-1]),Yv=new Array(3).concat("d8b365f5f5f55ab4ac","a6611adfc27d80cdc1018571","a6611adfc27df5f5f580cdc1018571","8c510ad8b365f6e8c3c7eae55ab4ac01665e","8c510ad8b365f6e8c3f5f5f5c7eae55ab4ac01665e","8c510abf812ddfc27df6e8c3c7eae580cdc135978f01665e","8c510abf812ddfc27df6e8c3f5f5f5c7eae580cdc135978f01665e","5430058c510abf812ddfc27df6e8c3c7eae580cdc135978f01665e003c30","5430058c510abf812ddfc27df6e8c3f5f5f5c7eae580cdc135978f01665e003c30").map(ce),cC=Oe(Yv),Zv=new Array(3).concat("af8dc3f7f7f77fbf7b","7b3294c2a5cfa6dba0008837","7b3294c2a5cff7f7f7a6dba0008837","762a83af8dc3e7d4e8d9f0d37fbf7b1b7837","762a83af8dc3e7d4e8f7f7f7d9f0d37fbf7b1b7837","762a839970abc2a5cfe7d4e8d9f0d3a6dba05aae611b7837","762a839970abc2a5cfe7d4e8f7f7f7d9f0d3a6dba05aae611b7837","40004b762a839970abc2a5cfe7d4e8d9f0d3a6dba05aae611b783700441b","40004b762a839970abc2a5cfe7d4e8f7f7f7d9f0d3a6dba05aae611b783700441b").map(ce),hC=Oe(Zv),Jv=new Array(3).concat("e9a3c9f7f7f7a1d76a","d01c8bf1b6dab8e1864dac26","d01c8bf1b6daf7f7f7b8e1864dac26","c51b7de9a3c9fde0efe6f5d0a1d76a4d9221","c51b7de9a3c9fde0eff7f7f7e6f5d0a1d76a4d9221","c51b7dde77aef1b6dafde0efe6f5d0b8e1867fbc414d9221","c51b7dde77aef1b6dafde0eff7f7f7e6f5d0b8e1867fbc414d9221","8e0152c51b7dde77aef1b6dafde0efe6f5d0b8e1867fbc414d9221276419","8e0152c51b7dde77aef1b6dafde0eff7f7f7e6f5d0b8e1867fbc414d9221276419").map(ce),uC=Oe(Jv),Kv=new Array(3).concat("998ec3f7f7f7f1a340","5e3c99b2abd2fdb863e66101","5e3c99b2abd2f7f7f7fdb863e66101","542788998ec3d8daebfee0b6f1a340b35806","542788998ec3d8daebf7f7f7fee0b6f1a340b35806","5427888073acb2abd2d8daebfee0b6fdb863e08214b35806","5427888073acb2abd2d8daebf7f7f7fee0b6fdb863e08214b35806","2d004b5427888073acb2abd2d8daebfee0b6fdb863e08214b358067f3b08","2d004b5427888073acb2abd2d8daebf7f7f7fee0b6fdb863e08214b358067f3b08").map(ce),fC=Oe(Kv),jv=new Array(3).concat("ef8a62f7f7f767a9cf","ca0020f4a58292c5de0571b0","ca0020f4a582f7f7f792c5de0571b0","b2182bef8a62fddbc7d1e5f067a9cf2166ac","b2182bef8a62fddbc7f7f7f7d1e5f067a9cf2166ac","b2182bd6604df4a582fddbc7d1e5f092c5de4393c32166ac","b2182bd6604df4a582fddbc7f7f7f7d1e5f092c5de4393c32166ac","67001fb2182bd6604df4a582fddbc7d1e5f092c5de4393c32166ac053061","67001fb2182bd6604df4a582fddbc7f7f7f7d1e5f092c5de4393c32166ac053061").map(ce),dC=Oe(jv),Qv=new Array(3).concat("ef8a62ffffff999999","ca0020f4a582bababa404040","ca0020f4a582ffffffbababa404040","b2182bef8a62fddbc7e0e0e09999994d4d4d","b2182bef8a62fddbc7ffffffe0e0e09999994d4d4d","b2182bd6604df4a582fddbc7e0e0e0bababa8787874d4d4d","b2182bd6604df4a582fddbc7ffffffe0e0e0bababa8787874d4d4d","67001fb2182bd6604df4a582fddbc7e0e0e0bababa8787874d4d4d1a1a1a","67001fb2182bd6604df4a582fddbc7ffffffe0e0e0bababa8787874d4d4d1a1a1a").map(ce),pC=Oe(Qv),t1=new Array(3).concat("fc8d59ffffbf91bfdb","d7191cfdae61abd9e92c7bb6","d7191cfdae61ffffbfabd9e92c7bb6","d73027fc8d59fee090e0f3f891bfdb4575b4","d73027fc8d59fee090ffffbfe0f3f891bfdb4575b4","d73027f46d43fdae61fee090e0f3f8abd9e974add14575b4","d73027f46d43fdae61fee090ffffbfe0f3f8abd9e974add14575b4","a50026d73027f46d43fdae61fee090e0f3f8abd9e974add14575b4313695","a50026d73027f46d43fdae61fee090ffffbfe0f3f8abd9e974add14575b4313695").map(ce),mC=Oe(t1),e1=new Array(3).concat("fc8d59ffffbf91cf60","d7191cfdae61a6d96a1a9641","d7191cfdae61ffffbfa6d96a1a9641","d73027fc8d59fee08bd9ef8b91cf601a9850","d73027fc8d59fee08bffffbfd9ef8b91cf601a9850","d73027f46d43fdae61fee08bd9ef8ba6d96a66bd631a9850","d73027f46d43fdae61fee08bffffbfd9ef8ba6d96a66bd631a9850","a50026d73027f46d43fdae61fee08bd9ef8ba6d96a66bd631a9850006837","a50026d73027f46d43fdae61fee08bffffbfd9ef8ba6d96a66bd631a9850006837").map(ce),gC=Oe(e1),n1=new Array(3).concat("fc8d59ffffbf99d594","d7191cfdae61abdda42b83ba","d7191cfdae61ffffbfabdda42b83ba","d53e4ffc8d59fee08be6f59899d5943288bd","d53e4ffc8d59fee08bffffbfe6f59899d5943288bd","d53e4ff46d43fdae61fee08be6f598abdda466c2a53288bd","d53e4ff46d43fdae61fee08bffffbfe6f598abdda466c2a53288bd","9e0142d53e4ff46d43fdae61fee08be6f598abdda466c2a53288bd5e4fa2","9e0142d53e4ff46d43fdae61fee08bffffbfe6f598abdda466c2a53288bd5e4fa2").map(ce),xC=Oe(n1),i1=new Array(3).concat("e5f5f999d8c92ca25f","edf8fbb2e2e266c2a4238b45","edf8fbb2e2e266c2a42ca25f006d2c","edf8fbccece699d8c966c2a42ca25f006d2c","edf8fbccece699d8c966c2a441ae76238b45005824","f7fcfde5f5f9ccece699d8c966c2a441ae76238b45005824","f7fcfde5f5f9ccece699d8c966c2a441ae76238b45006d2c00441b").map(ce),_C=Oe(i1),s1=new Array(3).concat("e0ecf49ebcda8856a7","edf8fbb3cde38c96c688419d","edf8fbb3cde38c96c68856a7810f7c","edf8fbbfd3e69ebcda8c96c68856a7810f7c","edf8fbbfd3e69ebcda8c96c68c6bb188419d6e016b","f7fcfde0ecf4bfd3e69ebcda8c96c68c6bb188419d6e016b","f7fcfde0ecf4bfd3e69ebcda8c96c68c6bb188419d810f7c4d004b").map(ce),yC=Oe(s1),r1=new Array(3).concat("e0f3dba8ddb543a2ca","f0f9e8bae4bc7bccc42b8cbe","f0f9e8bae4bc7bccc443a2ca0868ac","f0f9e8ccebc5a8ddb57bccc443a2ca0868ac","f0f9e8ccebc5a8ddb57bccc44eb3d32b8cbe08589e","f7fcf0e0f3dbccebc5a8ddb57bccc44eb3d32b8cbe08589e","f7fcf0e0f3dbccebc5a8ddb57bccc44eb3d32b8cbe0868ac084081").map(ce),bC=Oe(r1),o1=new Array(3).concat("fee8c8fdbb84e34a33","fef0d9fdcc8afc8d59d7301f","fef0d9fdcc8afc8d59e34a33b30000","fef0d9fdd49efdbb84fc8d59e34a33b30000","fef0d9fdd49efdbb84fc8d59ef6548d7301f990000","fff7ecfee8c8fdd49efdbb84fc8d59ef6548d7301f990000","fff7ecfee8c8fdd49efdbb84fc8d59ef6548d7301fb300007f0000").map(ce),vC=Oe(o1),a1=new Array(3).concat("ece2f0a6bddb1c9099","f6eff7bdc9e167a9cf02818a","f6eff7bdc9e167a9cf1c9099016c59","f6eff7d0d1e6a6bddb67a9cf1c9099016c59","f6eff7d0d1e6a6bddb67a9cf3690c002818a016450","fff7fbece2f0d0d1e6a6bddb67a9cf3690c002818a016450","fff7fbece2f0d0d1e6a6bddb67a9cf3690c002818a016c59014636").map(ce),MC=Oe(a1),l1=new Array(3).concat("ece7f2a6bddb2b8cbe","f1eef6bdc9e174a9cf0570b0","f1eef6bdc9e174a9cf2b8cbe045a8d","f1eef6d0d1e6a6bddb74a9cf2b8cbe045a8d","f1eef6d0d1e6a6bddb74a9cf3690c00570b0034e7b","fff7fbece7f2d0d1e6a6bddb74a9cf3690c00570b0034e7b","fff7fbece7f2d0d1e6a6bddb74a9cf3690c00570b0045a8d023858").map(ce),SC=Oe(l1),c1=new Array(3).concat("e7e1efc994c7dd1c77","f1eef6d7b5d8df65b0ce1256","f1eef6d7b5d8df65b0dd1c77980043","f1eef6d4b9dac994c7df65b0dd1c77980043","f1eef6d4b9dac994c7df65b0e7298ace125691003f","f7f4f9e7e1efd4b9dac994c7df65b0e7298ace125691003f","f7f4f9e7e1efd4b9dac994c7df65b0e7298ace125698004367001f").map(ce),wC=Oe(c1),h1=new Array(3).concat("fde0ddfa9fb5c51b8a","feebe2fbb4b9f768a1ae017e","feebe2fbb4b9f768a1c51b8a7a0177","feebe2fcc5c0fa9fb5f768a1c51b8a7a0177","feebe2fcc5c0fa9fb5f768a1dd3497ae017e7a0177","fff7f3fde0ddfcc5c0fa9fb5f768a1dd3497ae017e7a0177","fff7f3fde0ddfcc5c0fa9fb5f768a1dd3497ae017e7a017749006a").map(ce),AC=Oe(h1),u1=new Array(3).concat("edf8b17fcdbb2c7fb8","ffffcca1dab441b6c4225ea8","ffffcca1dab441b6c42c7fb8253494","ffffccc7e9b47fcdbb41b6c42c7fb8253494","ffffccc7e9b47fcdbb41b6c41d91c0225ea80c2c84","ffffd9edf8b1c7e9b47fcdbb41b6c41d91c0225ea80c2c84","ffffd9edf8b1c7e9b47fcdbb41b6c41d91c0225ea8253494081d58").map(ce),EC=Oe(u1),f1=new Array(3).concat("f7fcb9addd8e31a354","ffffccc2e69978c679238443","ffffccc2e69978c67931a354006837","ffffccd9f0a3addd8e78c67931a354006837","ffffccd9f0a3addd8e78c67941ab5d238443005a32","ffffe5f7fcb9d9f0a3addd8e78c67941ab5d238443005a32","ffffe5f7fcb9d9f0a3addd8e78c67941ab5d238443006837004529").map(ce),TC=Oe(f1),d1=new Array(3).concat("fff7bcfec44fd95f0e","ffffd4fed98efe9929cc4c02","ffffd4fed98efe9929d95f0e993404","ffffd4fee391fec44ffe9929d95f0e993404","ffffd4fee391fec44ffe9929ec7014cc4c028c2d04","ffffe5fff7bcfee391fec44ffe9929ec7014cc4c028c2d04","ffffe5fff7bcfee391fec44ffe9929ec7014cc4c02993404662506").map(ce),RC=Oe(d1),p1=new Array(3).concat("ffeda0feb24cf03b20","ffffb2fecc5cfd8d3ce31a1c","ffffb2fecc5cfd8d3cf03b20bd0026","ffffb2fed976feb24cfd8d3cf03b20bd0026","ffffb2fed976feb24cfd8d3cfc4e2ae31a1cb10026","ffffccffeda0fed976feb24cfd8d3cfc4e2ae31a1cb10026","ffffccffeda0fed976feb24cfd8d3cfc4e2ae31a1cbd0026800026").map(ce),CC=Oe(p1),m1=new Array(3).concat("deebf79ecae13182bd","eff3ffbdd7e76baed62171b5","eff3ffbdd7e76baed63182bd08519c","eff3ffc6dbef9ecae16baed63182bd08519c","eff3ffc6dbef9ecae16baed64292c62171b5084594","f7fbffdeebf7c6dbef9ecae16baed64292c62171b5084594","f7fbffdeebf7c6dbef9ecae16baed64292c62171b508519c08306b").map(ce),PC=Oe(m1),g1=new Array(3).concat("e5f5e0a1d99b31a354","edf8e9bae4b374c476238b45","edf8e9bae4b374c47631a354006d2c","edf8e9c7e9c0a1d99b74c47631a354006d2c","edf8e9c7e9c0a1d99b74c47641ab5d238b45005a32","f7fcf5e5f5e0c7e9c0a1d99b74c47641ab5d238b45005a32","f7fcf5e5f5e0c7e9c0a1d99b74c47641ab5d238b45006d2c00441b").map(ce),IC=Oe(g1),x1=new Array(3).concat("f0f0f0bdbdbd636363","f7f7f7cccccc969696525252","f7f7f7cccccc969696636363252525","f7f7f7d9d9d9bdbdbd969696636363252525","f7f7f7d9d9d9bdbdbd969696737373525252252525","fffffff0f0f0d9d9d9bdbdbd969696737373525252252525","fffffff0f0f0d9d9d9bdbdbd969696737373525252252525000000").map(ce),LC=Oe(x1),_1=new Array(3).concat("efedf5bcbddc756bb1","f2f0f7cbc9e29e9ac86a51a3","f2f0f7cbc9e29e9ac8756bb154278f","f2f0f7dadaebbcbddc9e9ac8756bb154278f","f2f0f7dadaebbcbddc9e9ac8807dba6a51a34a1486","fcfbfdefedf5dadaebbcbddc9e9ac8807dba6a51a34a1486","fcfbfdefedf5dadaebbcbddc9e9ac8807dba6a51a354278f3f007d").map(ce),NC=Oe(_1),y1=new Array(3).concat("fee0d2fc9272de2d26","fee5d9fcae91fb6a4acb181d","fee5d9fcae91fb6a4ade2d26a50f15","fee5d9fcbba1fc9272fb6a4ade2d26a50f15","fee5d9fcbba1fc9272fb6a4aef3b2ccb181d99000d","fff5f0fee0d2fcbba1fc9272fb6a4aef3b2ccb181d99000d","fff5f0fee0d2fcbba1fc9272fb6a4aef3b2ccb181da50f1567000d").map(ce),DC=Oe(y1),b1=new Array(3).concat("fee6cefdae6be6550d","feeddefdbe85fd8d3cd94701","feeddefdbe85fd8d3ce6550da63603","feeddefdd0a2fdae6bfd8d3ce6550da63603","feeddefdd0a2fdae6bfd8d3cf16913d948018c2d04","fff5ebfee6cefdd0a2fdae6bfd8d3cf16913d948018c2d04","fff5ebfee6cefdd0a2fdae6bfd8d3cf16913d94801a636037f2704").map(ce),UC=Oe(b1);var FC=mc(Ci(300,.5,0),Ci(-240,.5,1)),OC=mc(Ci(-100,.75,.35),Ci(80,1.5,.8)),BC=mc(Ci(260,.75,.35),Ci(80,1.5,.8)),kC=Ci();var zC=kr(),VC=Math.PI/3,GC=Math.PI*2/3;function bc(n){var t=n.length;return function(e){return n[Math.max(0,Math.min(t-1,Math.floor(e*t)))]}}var vc=bc(ce("44015444025645045745055946075a46085c460a5d460b5e470d60470e6147106347116447136548146748166848176948186a481a6c481b6d481c6e481d6f481f70482071482173482374482475482576482677482878482979472a7a472c7a472d7b472e7c472f7d46307e46327e46337f463480453581453781453882443983443a83443b84433d84433e85423f854240864241864142874144874045884046883f47883f48893e49893e4a893e4c8a3d4d8a3d4e8a3c4f8a3c508b3b518b3b528b3a538b3a548c39558c39568c38588c38598c375a8c375b8d365c8d365d8d355e8d355f8d34608d34618d33628d33638d32648e32658e31668e31678e31688e30698e306a8e2f6b8e2f6c8e2e6d8e2e6e8e2e6f8e2d708e2d718e2c718e2c728e2c738e2b748e2b758e2a768e2a778e2a788e29798e297a8e297b8e287c8e287d8e277e8e277f8e27808e26818e26828e26828e25838e25848e25858e24868e24878e23888e23898e238a8d228b8d228c8d228d8d218e8d218f8d21908d21918c20928c20928c20938c1f948c1f958b1f968b1f978b1f988b1f998a1f9a8a1e9b8a1e9c891e9d891f9e891f9f881fa0881fa1881fa1871fa28720a38620a48621a58521a68522a78522a88423a98324aa8325ab8225ac8226ad8127ad8128ae8029af7f2ab07f2cb17e2db27d2eb37c2fb47c31b57b32b67a34b67935b77937b87838b9773aba763bbb753dbc743fbc7340bd7242be7144bf7046c06f48c16e4ac16d4cc26c4ec36b50c46a52c56954c56856c66758c7655ac8645cc8635ec96260ca6063cb5f65cb5e67cc5c69cd5b6ccd5a6ece5870cf5773d05675d05477d1537ad1517cd2507fd34e81d34d84d44b86d54989d5488bd6468ed64590d74393d74195d84098d83e9bd93c9dd93ba0da39a2da37a5db36a8db34aadc32addc30b0dd2fb2dd2db5de2bb8de29bade28bddf26c0df25c2df23c5e021c8e020cae11fcde11dd0e11cd2e21bd5e21ad8e219dae319dde318dfe318e2e418e5e419e7e419eae51aece51befe51cf1e51df4e61ef6e620f8e621fbe723fde725")),HC=bc(ce("00000401000501010601010802010902020b02020d03030f03031204041405041606051806051a07061c08071e0907200a08220b09240c09260d0a290e0b2b100b2d110c2f120d31130d34140e36150e38160f3b180f3d19103f1a10421c10441d11471e114920114b21114e22115024125325125527125829115a2a115c2c115f2d11612f116331116533106734106936106b38106c390f6e3b0f703d0f713f0f72400f74420f75440f764510774710784910784a10794c117a4e117b4f127b51127c52137c54137d56147d57157e59157e5a167e5c167f5d177f5f187f601880621980641a80651a80671b80681c816a1c816b1d816d1d816e1e81701f81721f817320817521817621817822817922827b23827c23827e24828025828125818326818426818627818827818928818b29818c29818e2a81902a81912b81932b80942c80962c80982d80992d809b2e7f9c2e7f9e2f7fa02f7fa1307ea3307ea5317ea6317da8327daa337dab337cad347cae347bb0357bb2357bb3367ab5367ab73779b83779ba3878bc3978bd3977bf3a77c03a76c23b75c43c75c53c74c73d73c83e73ca3e72cc3f71cd4071cf4070d0416fd2426fd3436ed5446dd6456cd8456cd9466bdb476adc4869de4968df4a68e04c67e24d66e34e65e44f64e55064e75263e85362e95462ea5661eb5760ec5860ed5a5fee5b5eef5d5ef05f5ef1605df2625df2645cf3655cf4675cf4695cf56b5cf66c5cf66e5cf7705cf7725cf8745cf8765cf9785df9795df97b5dfa7d5efa7f5efa815ffb835ffb8560fb8761fc8961fc8a62fc8c63fc8e64fc9065fd9266fd9467fd9668fd9869fd9a6afd9b6bfe9d6cfe9f6dfea16efea36ffea571fea772fea973feaa74feac76feae77feb078feb27afeb47bfeb67cfeb77efeb97ffebb81febd82febf84fec185fec287fec488fec68afec88cfeca8dfecc8ffecd90fecf92fed194fed395fed597fed799fed89afdda9cfddc9efddea0fde0a1fde2a3fde3a5fde5a7fde7a9fde9aafdebacfcecaefceeb0fcf0b2fcf2b4fcf4b6fcf6b8fcf7b9fcf9bbfcfbbdfcfdbf")),WC=bc(ce("00000401000501010601010802010a02020c02020e03021004031204031405041706041907051b08051d09061f0a07220b07240c08260d08290e092b10092d110a30120a32140b34150b37160b39180c3c190c3e1b0c411c0c431e0c451f0c48210c4a230c4c240c4f260c51280b53290b552b0b572d0b592f0a5b310a5c320a5e340a5f3609613809623909633b09643d09653e0966400a67420a68440a68450a69470b6a490b6a4a0c6b4c0c6b4d0d6c4f0d6c510e6c520e6d540f6d550f6d57106e59106e5a116e5c126e5d126e5f136e61136e62146e64156e65156e67166e69166e6a176e6c186e6d186e6f196e71196e721a6e741a6e751b6e771c6d781c6d7a1d6d7c1d6d7d1e6d7f1e6c801f6c82206c84206b85216b87216b88226a8a226a8c23698d23698f24699025689225689326679526679727669827669a28659b29649d29649f2a63a02a63a22b62a32c61a52c60a62d60a82e5fa92e5eab2f5ead305dae305cb0315bb1325ab3325ab43359b63458b73557b93556ba3655bc3754bd3853bf3952c03a51c13a50c33b4fc43c4ec63d4dc73e4cc83f4bca404acb4149cc4248ce4347cf4446d04545d24644d34743d44842d54a41d74b3fd84c3ed94d3dda4e3cdb503bdd513ade5238df5337e05536e15635e25734e35933e45a31e55c30e65d2fe75e2ee8602de9612bea632aeb6429eb6628ec6726ed6925ee6a24ef6c23ef6e21f06f20f1711ff1731df2741cf3761bf37819f47918f57b17f57d15f67e14f68013f78212f78410f8850ff8870ef8890cf98b0bf98c0af98e09fa9008fa9207fa9407fb9606fb9706fb9906fb9b06fb9d07fc9f07fca108fca309fca50afca60cfca80dfcaa0ffcac11fcae12fcb014fcb216fcb418fbb61afbb81dfbba1ffbbc21fbbe23fac026fac228fac42afac62df9c72ff9c932f9cb35f8cd37f8cf3af7d13df7d340f6d543f6d746f5d949f5db4cf4dd4ff4df53f4e156f3e35af3e55df2e661f2e865f2ea69f1ec6df1ed71f1ef75f1f179f2f27df2f482f3f586f3f68af4f88ef5f992f6fa96f8fb9af9fc9dfafda1fcffa4")),Wg=bc(ce("0d088710078813078916078a19068c1b068d1d068e20068f2206902406912605912805922a05932c05942e05952f059631059733059735049837049938049a3a049a3c049b3e049c3f049c41049d43039e44039e46039f48039f4903a04b03a14c02a14e02a25002a25102a35302a35502a45601a45801a45901a55b01a55c01a65e01a66001a66100a76300a76400a76600a76700a86900a86a00a86c00a86e00a86f00a87100a87201a87401a87501a87701a87801a87a02a87b02a87d03a87e03a88004a88104a78305a78405a78606a68707a68808a68a09a58b0aa58d0ba58e0ca48f0da4910ea3920fa39410a29511a19613a19814a099159f9a169f9c179e9d189d9e199da01a9ca11b9ba21d9aa31e9aa51f99a62098a72197a82296aa2395ab2494ac2694ad2793ae2892b02991b12a90b22b8fb32c8eb42e8db52f8cb6308bb7318ab83289ba3388bb3488bc3587bd3786be3885bf3984c03a83c13b82c23c81c33d80c43e7fc5407ec6417dc7427cc8437bc9447aca457acb4679cc4778cc4977cd4a76ce4b75cf4c74d04d73d14e72d24f71d35171d45270d5536fd5546ed6556dd7566cd8576bd9586ada5a6ada5b69db5c68dc5d67dd5e66de5f65de6164df6263e06363e16462e26561e26660e3685fe4695ee56a5de56b5de66c5ce76e5be76f5ae87059e97158e97257ea7457eb7556eb7655ec7754ed7953ed7a52ee7b51ef7c51ef7e50f07f4ff0804ef1814df1834cf2844bf3854bf3874af48849f48948f58b47f58c46f68d45f68f44f79044f79143f79342f89441f89540f9973ff9983ef99a3efa9b3dfa9c3cfa9e3bfb9f3afba139fba238fca338fca537fca636fca835fca934fdab33fdac33fdae32fdaf31fdb130fdb22ffdb42ffdb52efeb72dfeb82cfeba2cfebb2bfebd2afebe2afec029fdc229fdc328fdc527fdc627fdc827fdca26fdcb26fccd25fcce25fcd025fcd225fbd324fbd524fbd724fad824fada24f9dc24f9dd25f8df25f8e125f7e225f7e425f6e626f6e826f5e926f5eb27f4ed27f3ee27f3f027f2f227f1f426f1f525f0f724f0f921"));var di=32;function Fs(n,t,e,i=6){let s=r=>r.filter(o=>o>=n&&o<=t);if(e){let r=Math.floor(Math.log10(n)),o=Math.ceil(Math.log10(t));for(let a of[[1],[1,3],[1,2,5]]){let c=a.length===1?Math.max(1,Math.ceil((o-r)/(i+1))):1,l=[];for(let u=r;u<=o;u+=c)for(let f of a)l.push(+`${f}e${u}`);let h=s(l);if(h.length>=Math.min(i-1,4))return h}}return s(ri([n,t],[0,1]).ticks(i))}function Oa(n){let[t,e,i,s]=[1/0,-1/0,1/0,0];for(let r of n)for(let o of r)Number.isFinite(o)&&(o<t&&(t=o),o>e&&(e=o),o>0&&o<i&&(i=o),o===0&&s++);return e===-1/0?null:{low:t,high:e,lowPositive:i,zeros:s,negative:t<0}}function Xg(n){let t=Oa(n),e=t??{low:1,high:10,lowPositive:1,zeros:0,negative:!1},i=!e.negative&&Number.isFinite(e.lowPositive),s=i?e.lowPositive:e.low,r=e.high,o=null;if(r-s<=1e-12*Math.max(Math.abs(s),Math.abs(r))){let h=.01*Math.abs(s)||.5;o=[s],[s,r]=i?[s/1.01,r*1.01]:[s-h,r+h]}let a=(i?Us:ri)([s,r],[0,1]).clamp(!0),c=h=>i&&h<=0?0:a(h),l=h=>(Math.min(di-1,Math.floor(h*di))+.5)/di;return{known:t!==null,flat:o!==null,log:i,low:s,high:r,floored:i&&e.zeros>0,height:c,value:h=>a.invert(h),color:h=>Number.isFinite(h)?vc(l(c(h))):null,bandColor:h=>vc((h+.5)/di),smooth:h=>vc(h),ticks:o??Fs(s,r,i)}}var v1={"-":"⁻",0:"⁰",1:"¹",2:"²",3:"³",4:"⁴",5:"⁵",6:"⁶",7:"⁷",8:"⁸",9:"⁹"};function kf(n){return`10${[...String(n)].map(t=>v1[t]).join("")}`}function te(n,t=4){if(n==null)return"–";if(Number.isNaN(n))return"NaN";if(!Number.isFinite(n))return n>0?"∞":"−∞";if(n===0)return"0";let e=Math.abs(n);if(e>=.001&&e<1e6){let r=n.toPrecision(t);return(r.includes("e")?String(Math.round(n)):r).replace("-","−")}let[i,s]=n.toExponential(t-1).split("e");return`${i.replace("-","−")}·${kf(Number(s))}`}function Je(n){if(n===0)return"0";let t=Math.abs(n);if(t>=.001&&t<1e5)return String(Number(n.toPrecision(6))).replace("-","−");let[e,i]=n.toExponential(5).split("e"),s=String(Number(e)).replace("-","−");return s==="1"?kf(Number(i)):`${s}·${kf(Number(i))}`}var M1={alpha:"α",beta:"β",lambda:"λ",mu:"μ",theta:"θ"};function pi(n){return String(n??"").replace(/\\(\w+)/g,(t,e)=>M1[e]??e).replaceAll("$","")}function Wi(n,t){let e=0,i=n.length;for(;e<i;){let s=e+i>>1;n[s]<=t?e=s+1:i=s}return e-1}function Ba(n){let t=0;for(let e of n){let i=e.checkpoints?.step,s=e.series?.loss?.length??0;t=Math.max(t,s-1,i?.length?i[i.length-1]:0)}return t}function zf(n){let t=new Set;for(let e of n)for(let i of e.checkpoints?.step??[])t.add(i);return[...t].sort((e,i)=>e-i)}function ds(n,t,e){if(t==="sharpness"){let r=n.sharpness,o=r?.step?Wi(r.step,e):-1;return o<0?null:{step:r.step[o],value:r.value[o],residual:r.residual?.[o]??null}}let i=n.series?.[t];if(!i?.length||e<0)return null;let s=Math.min(e,i.length-1);return{step:s,value:i[s]}}function $n(n,t,e){let i=n.checkpoints?.x?.[t],s=n.checkpoints?.y?.[t],r=n.checkpoints?.step;if(!i?.length||!r?.length)return null;let o=Math.min(Wi(r,e),i.length-1);if(o<0)return null;let a=r[o]===e||o===i.length-1,[c,l]=[i[o],s[o]];if(!a){let h=(e-r[o])/(r[o+1]-r[o]);c+=h*(i[o+1]-c),l+=h*(s[o+1]-l)}return Number.isFinite(c)&&Number.isFinite(l)?{x:c,y:l,index:o,exact:a}:null}var qg=4;function $g(n,t,e=null){let i=e?n.filter(({run:o})=>o.id===e):n,s=i.slice(0,qg).map(({run:o,name:a})=>{let c=ds(o,"loss",t);return`${a}: loss ${c?te(c.value,4):"not recorded"}`}),r=i.length-qg;return[`Step ${t}`,...s,...r>0?[`and ${r} more`]:[]].join("; ")}var S1=[{series:"loss",title:"loss"},{series:"gradient_norm",title:"‖g‖",name:"gradient norm"},{series:"lr",title:"LR",name:"learning rate"},{series:"mean_gradient_norm",title:"μ",name:"mean gradient norm",rule:!0},{series:"zenith",title:"Z",name:"running maximum of the mean gradient norm",rule:!0},{series:"sharpness",title:"sharpness"}],w1={train_loss:["train loss, end","training loss of the last weights"],test_loss:["test loss, end","test loss of the last weights"],test_accuracy:["test acc., end","test accuracy of the last weights"]};function Zg(n){let t=new Map;for(let e of n)for(let[i,s]of Object.entries(e.settings??{}))t.has(i)||t.set(i,new Set),t.get(i).add(s);return[...t].filter(([,e])=>e.size>1).map(([e])=>e)}function Mc(n){let{runs:t}=n,e=[],i=r=>n.methods.find(({name:o})=>o===r.method)?.label||r.method;e.push({key:"method",title:"method",group:!0,value:i}),new Set(t.map(({seed:r})=>r??null)).size>1&&e.push({key:"seed",title:"seed",group:!0,value:({seed:r})=>r??null});for(let r of Zg(t)){let o=r.replaceAll("_"," ");e.push({key:`settings.${r}`,title:o,group:!0,value:({settings:a})=>a?.[r]??null})}for(let{series:r,title:o,name:a,rule:c}of S1){let l=h=>(r==="sharpness"?h.sharpness?.value:h.series?.[r])?.some(Number.isFinite);t.some(l)&&e.push({key:r,title:o,name:a,along:r,rule:c,value:(h,u)=>ds(h,r,u)?.value??null})}for(let[r,[o,a]]of Object.entries(w1))t.some(({final:c})=>Number.isFinite(c?.[r]))&&e.push({key:`final.${r}`,title:o,name:a,value:({final:c})=>c?.[r]??null});return e}function Sc(n,t=4){return n==null?"–":typeof n=="boolean"?n?"yes":"no":typeof n!="number"||Number.isInteger(n)&&Math.abs(n)<1e6?String(n):te(n,t)}function ps(n){return typeof n=="number"?Je(n):Sc(n)}function Jg(n){let t=new Map(n.methods.map(({name:r,label:o})=>[r,o||r])),e=r=>{let o=t.get(r.method)??r.method;return r.seed===null||r.seed===void 0?o:`${o} · seed ${r.seed}`},i=new Map;for(let r of n.runs)i.set(e(r),[...i.get(e(r))??[],r]);let s=new Map;for(let[r,o]of i){let a=o.length>1?Zg(o):[];for(let c of o){let l=a.filter(h=>c.settings?.[h]!==void 0).map(h=>`${h} ${ps(c.settings[h])}`);s.set(c.id,[r,...l].join(" · "))}}return s}var Yg={"=":(n,t)=>n===t,":":(n,t)=>n===t,"<":(n,t)=>n<t,">":(n,t)=>n>t,"<=":(n,t)=>n<=t,">=":(n,t)=>n>=t};function Kg(n,t,e,i){let r=n.trim().toLowerCase().split(/\s+/).filter(Boolean).map(a=>{let c=a.match(/^([^<>=:]+)(<=|>=|[<>=:])(.+)$/),l=c&&t.find(({key:u,title:f})=>[u,u.split(".").pop(),f].some(d=>d.toLowerCase()===c[1]));if(!l)return u=>o(u).includes(a);let h=Number(c[3]);return u=>{let f=l.value(u,i);return f===null?!1:typeof f=="number"&&Number.isFinite(h)?Yg[c[2]](f,h):Yg[c[2]](Sc(f).toLowerCase(),c[3])}}),o=a=>[e.get(a.id),a.id,...t.filter(({group:c})=>c).map(({title:c,value:l})=>`${c} ${ps(l(a))}`)].join(" ").toLowerCase();return a=>r.every(c=>c(a))}function jg(n,t,e,i){let s=t.startsWith("-"),r=s?t.slice(1):t,o=e.find(l=>l.key===r);if(!o)return[...n];let a=l=>l==null||Number.isNaN(l),c=n.map((l,h)=>({run:l,i:h,v:o.value(l,i)}));return c.sort((l,h)=>{if(a(l.v)||a(h.v))return a(l.v)-a(h.v)||l.i-h.i;let u=typeof l.v=="number"&&typeof h.v=="number"?l.v-h.v:String(l.v).localeCompare(String(h.v),void 0,{numeric:!0});return(s?-u:u)||l.i-h.i}),c.map(({run:l})=>l)}function Vf({hidden_methods:n,hidden_seeds:t,hidden_runs:e}){let[i,s,r]=[n,t,e].map(o=>new Set(o));return o=>i.has(o.method)||s.has(o.seed)||r.has(o.id)}function Gf(n,t){let i=(a=>{let c=new Set(n.filter(({id:l})=>!t.has(l)).map(l=>l[a]));return[...new Set(n.map(l=>l[a]))].filter(l=>l!=null&&!c.has(l))})("method"),s=n.filter(({method:a})=>!i.includes(a)),r=[...new Set(s.map(({seed:a})=>a))].filter(a=>a!=null&&s.every(c=>c.seed!==a||t.has(c.id))),o=Vf({hidden_methods:i,hidden_seeds:r,hidden_runs:[]});return{hidden_methods:i,hidden_seeds:r,hidden_runs:n.filter(a=>t.has(a.id)&&!o(a)).map(({id:a})=>a)}}var Qg={light:[0,.84],dark:[.28,1]},A1=30;function t0(n,t,e){let[i,s]=Qg[e]??Qg.light,r=l=>Wg(i+l*(s-i)),o=n.filter(l=>l!=null&&!Number.isNaN(l));if(o.every(l=>typeof l=="number")&&o.length){let{low:l,high:h}=Oa([o])??{low:0,high:1},u=l>0&&h/l>=A1,f=l===h?()=>.5:(u?Us:ri)([l,h],[0,1]).clamp(!0),d=m=>typeof m=="number"&&!Number.isNaN(m)?f(m):null,p=[...new Set(o)].sort((m,g)=>m-g),x=p.length<=5||l===h?p:Fs(l,h,u,4);return{title:t,log:u,position:d,at:r,color:m=>d(m)===null?null:r(d(m)),ticks:x.map(m=>[m,ps(m)])}}let a=[...new Set(o.map(ps))].sort((l,h)=>l.localeCompare(h,void 0,{numeric:!0})),c=l=>{let h=l==null?-1:a.indexOf(ps(l));return h<0?null:a.length===1?.5:h/(a.length-1)};return{title:t,log:!1,words:!0,position:c,at:r,color:l=>c(l)===null?null:r(c(l)),ticks:a.map(l=>[l,l])}}function E1(n,t,e,i,s){t.forEach(([r,o],a)=>a?n.lineTo(e+s*r,i+s*o):n.moveTo(e+s*r,i+s*o)),n.closePath()}function ms(n,t,e){let i=[],s=e?2*n:n;for(let r=0;r<s;r++){let o=t+2*Math.PI*r/s-Math.PI/2,a=e&&r%2?e:1;i.push([a*Math.cos(o),a*Math.sin(o)])}return i}var e0=[[-.35,-1],[.35,-1],[.35,-.35],[1,-.35],[1,.35],[.35,.35],[.35,1],[-.35,1],[-.35,.35],[-1,.35],[-1,-.35],[-.35,-.35]],T1=(n,t)=>n.map(([e,i])=>[e*Math.cos(t)-i*Math.sin(t),e*Math.sin(t)+i*Math.cos(t)]),n0={s:ms(4,Math.PI/4).map(([n,t])=>[1.2*n,1.2*t]),D:ms(4,0).map(([n,t])=>[1.15*n,1.15*t]),d:ms(4,0).map(([n,t])=>[.75*n,1.25*t]),"^":ms(3,0).map(([n,t])=>[1.2*n,1.2*t+.15]),v:ms(3,Math.PI).map(([n,t])=>[1.2*n,1.2*t-.15]),"<":ms(3,-Math.PI/2).map(([n,t])=>[1.2*n+.15,1.2*t]),">":ms(3,Math.PI/2).map(([n,t])=>[1.2*n-.15,1.2*t]),P:e0,X:T1(e0,Math.PI/4),"*":ms(5,0,.45).map(([n,t])=>[1.35*n,1.35*t]),h:ms(6,0).map(([n,t])=>[1.1*n,1.1*t]),p:ms(5,0).map(([n,t])=>[1.1*n,1.1*t])};function Hf(n,t,e,i){let s=new Path2D,r=n0[n];return r?E1(s,r,t,e,i):s.arc(t,e,i,0,2*Math.PI),s}function Ro(n,t,e,i){let s=n0[n];return s?`M${s.map(([r,o])=>`${(t+i*r).toFixed(2)},${(e+i*o).toFixed(2)}`).join("L")}z`:`M${t-i},${e}a${i},${i} 0 1 0 ${2*i},0a${i},${i} 0 1 0 ${-2*i},0z`}function ka(n,t=1.25){return Array.isArray(n?.dash)?n.dash.map(e=>e*t):[]}function wc(n,t,e){let i=n.checkpoints.x[t],s=n.checkpoints.y[t],r=new Float64Array(2*i.length);for(let o=0;o<i.length;o++)r[2*o]=Number.isFinite(i[o])?e.x(i[o]):NaN,r[2*o+1]=Number.isFinite(s[o])?e.y(s[o]):NaN;return r}function Xf(n,t,e,i,s=null,r=null){let o=!1;r&&(n.moveTo(r[0],r[1]),o=!0);for(let a=e;a<=i;a++){let[c,l]=[t[2*a],t[2*a+1]];Number.isNaN(c)||Number.isNaN(l)?o=!1:o?n.lineTo(c,l):(n.moveTo(c,l),o=!0)}s&&o&&n.lineTo(s[0],s[1])}var za=60;function qf(n){let t=new Map;for(let e of n){let{color:i}=e.look;t.has(i)||t.set(i,[]),t.get(i).push(e)}return t}function Wf(n,t,e,i){if(t.length){if(n.lineJoin="round",t.length>za){n.lineJoin="bevel",n.lineWidth=1.25;for(let{look:s,add:r}of t)n.strokeStyle=s.color,n.beginPath(),r(),n.stroke();return}n.lineCap="round",n.strokeStyle=e,n.lineWidth=Math.max(...t.map(({width:s})=>s))+2,n.beginPath();for(let{add:s}of t)s();n.stroke(),n.lineCap="butt";for(let{look:s,width:r,add:o}of t)n.setLineDash(i?s.dash:[]),n.strokeStyle=s.color,n.lineWidth=r,n.beginPath(),o(),n.stroke();n.setLineDash([])}}function $f(n,t){let e=({run:i,look:s})=>i.id===t?2:s.dash.length?1:0;return[...n].sort((i,s)=>e(i)-e(s))}function i0(n,t){return{color:t,dash:ka(n),marker:n?.marker??"o",solid:!ka(n).length}}function s0(n,t,e){let i=$f(t,null).map(({look:s,points:r})=>({look:s,width:.7*o0(s),add:()=>Xf(n,r,0,r.length/2-1)}));n.globalAlpha=.34,Wf(n,i,e,!1),n.globalAlpha=1}function r0(n,t,e,i,s,r){let o=$f(t,s).flatMap(({run:a,look:c,points:l,frame:h})=>{let u=Math.min(Wi(a.checkpoints.step,i),l.length/2-1);if(u<0)return[];let f=$n(a,e,i),d=f?[h.x(f.x),h.y(f.y)]:null,p=a.id===s;return[{look:c,focused:p,width:o0(c)+(p?.9:0),add:()=>Xf(n,l,0,u,d)}]});n.globalAlpha=s?.3:1,Wf(n,o.filter(({focused:a})=>!a),r,!0),n.globalAlpha=1,Wf(n,o.filter(({focused:a})=>a),r,!0)}function o0(n){return n.solid?2.1:1.7}function a0(n,t,e,i,s){n.lineJoin=n.lineCap="round";for(let[r,o,a]of[[s.ground,14,.85],[s.accent,11,.6]]){n.strokeStyle=r,n.lineWidth=o,n.globalAlpha=a;for(let{run:c,points:l,frame:h}of t){let u=c.checkpoints.step,[f,d]=[$n(c,e,i[0]),$n(c,e,i[1])];if(!f||!d)continue;let p=Wi(u,i[0])+1,x=Math.min(Wi(u,i[1]),l.length/2-1);n.beginPath(),Xf(n,l,p,x,[h.x(d.x),h.y(d.y)],[h.x(f.x),h.y(f.y)]),n.stroke()}}n.globalAlpha=1}function l0(n,t,e,i,s){let r=t.reduce((c,{points:l})=>c+l.length/2,0),o=r>800?1.8:r>300?2.2:3;for(let{run:c,look:l,points:h}of t){let u=c.checkpoints.loss;n.lineWidth=o>2?1.1:.7,n.strokeStyle=l.color;for(let f=0;f<h.length/2;f++){let[d,p]=[h[2*f],h[2*f+1]],x=u?e.color(u[f]):l.color;Number.isNaN(d)||Number.isNaN(p)||!x||(n.beginPath(),n.arc(d,p,o,0,2*Math.PI),n.fillStyle=x,n.fill(),n.stroke())}}let a=t.length>za?3:6;for(let{look:c,points:l}of t){let[h,u]=[Zf(l),Jf(l)];if(u<0||(n.beginPath(),n.arc(l[2*h],l[2*h+1],.6*a,0,2*Math.PI),n.fillStyle=i,n.fill(),n.strokeStyle=s,n.lineWidth=1.2,n.stroke(),u===h))continue;let f=Hf(c.marker,l[2*u],l[2*u+1],a);n.lineJoin="round",n.strokeStyle=i,n.lineWidth=3.6,n.stroke(f),n.strokeStyle=c.color,n.lineWidth=1.5,n.stroke(f)}}function Yf(n,t,e,i,s,r){if(t.length>za){R1(n,t,e,i,s,r);return}for(let{run:o,look:a,frame:c}of $f(t,s)){let l=$n(o,e,i);if(!l)continue;n.globalAlpha=s&&o.id!==s?.35:1;let h=Hf(a.marker,c.x(l.x),c.y(l.y),4.6);n.lineJoin="round",n.strokeStyle=r,n.lineWidth=4.4,n.stroke(h),n.fillStyle=l.exact?a.color:r,n.fill(h),n.strokeStyle=a.color,n.lineWidth=1.8,n.stroke(h)}n.globalAlpha=1}function R1(n,t,e,i,s,r){n.globalAlpha=s?.35:1;for(let[o,a]of qf(t)){n.beginPath();for(let{run:c,frame:l}of a){let h=c.id===s?null:$n(c,e,i);h&&n.rect(l.x(h.x)-2.5,l.y(h.y)-2.5,5,5)}n.strokeStyle=r,n.lineWidth=1.5,n.stroke(),n.fillStyle=o,n.fill()}n.globalAlpha=1,Yf(n,t.filter(({run:o})=>o.id===s),e,i,s,r)}function Zf(n){for(let t=0;t<n.length;t+=2)if(!Number.isNaN(n[t]+n[t+1]))return t/2;return-1}function Jf(n){for(let t=n.length-2;t>=0;t-=2)if(!Number.isNaN(n[t]+n[t+1]))return t/2;return-1}function c0(n){let t=[];for(let e=0;e<n.length;e+=2){let[i,s]=[n[e],n[e+1]];if(Number.isNaN(i+s))continue;let[r,o]=t[t.length-1]??[i,s],a=Math.min(50,Math.ceil(Math.hypot(i-r,s-o)/24));for(let c=1;c<a;c++)t.push([r+c/a*(i-r),o+c/a*(s-o)]);(a||!t.length||e===n.length-2)&&t.push([i,s])}return t}function Kf(n,t,e,i=14){let s=null;for(let r of n){let{points:o}=r;for(let a=0;a<o.length/2;a++){let c=Math.hypot(o[2*a]-t,o[2*a+1]-e);c<=i&&c<(s?.distance??1/0)&&(s={entry:r,index:a,distance:c})}}return s}function J(n,t={},...e){let i=document.createElement(n);for(let[s,r]of Object.entries(t))r==null||r===!1||(s==="text"?i.textContent=r:s.startsWith("on")?i.addEventListener(s.slice(2),r):i.setAttribute(s,r===!0?"":r));return i.append(...e.filter(s=>s!=null)),i}var C1={play:"M4.5 2.5v11l9-5.5z",pause:"M4 2.5h3v11H4zM9 2.5h3v11H9z",close:"M3.5 3.5l9 9M12.5 3.5l-9 9",plus:"M8 3v10M3 8h10",minus:"M3 8h10",fit:"M2.5 6V2.5H6M10 2.5h3.5V6M13.5 10v3.5H10M6 13.5H2.5V10",focus:"M8 1.5v3M8 11.5v3M1.5 8h3M11.5 8h3M8 5a3 3 0 100 6 3 3 0 000-6z",down:"M4 6.5l4 4 4-4"},P1=new Set(["play","pause"]);function mi(n){let t=document.createElementNS("http://www.w3.org/2000/svg","svg");t.setAttribute("viewBox","0 0 16 16"),t.setAttribute("class","lx-icon"),t.setAttribute("aria-hidden","true");let e=document.createElementNS("http://www.w3.org/2000/svg","path");return e.setAttribute("d",C1[n]),P1.has(n)?e.setAttribute("fill","currentColor"):(e.setAttribute("fill","none"),e.setAttribute("stroke","currentColor"),e.setAttribute("stroke-width","1.5"),e.setAttribute("stroke-linecap","round"),e.setAttribute("stroke-linejoin","round")),t.append(e),t}var gs=class{constructor(t){this.canvas=J("canvas",{class:t,"aria-hidden":"true"}),this.context=this.canvas.getContext("2d"),this.width=this.height=0}resize(t,e,i=window.devicePixelRatio||1){this.width=t,this.height=e;let[s,r]=[Math.round(t*i),Math.round(e*i)];(this.canvas.width!==s||this.canvas.height!==r)&&(this.canvas.width=s,this.canvas.height=r,this.canvas.style.width=`${t}px`,this.canvas.style.height=`${e}px`),this.context.setTransform(i,0,0,i,0,0)}clear(){return this.context.clearRect(0,0,this.width,this.height),this.context}};function gn(n,t){n.firstChild?.nodeValue!==t&&(n.textContent=t)}var Ac=class{constructor(t){this.app=t,this.title=J("h2",{class:"lx-title"}),this.subtitle=J("p",{class:"lx-subtitle"}),this.views=J("div",{class:"lx-segments",role:"group","aria-label":"View of the plane"},...[["contour","Contour"],["surface","3-D"]].map(([e,i])=>J("button",{type:"button","data-view":e,text:i,onclick:()=>this.app.store.set({view:e})}))),this.planes=J("select",{class:"lx-select","aria-label":"Plane",onchange:()=>this.app.store.set({plane:this.planes.value})}),this.themes=J("select",{class:"lx-select","aria-label":"Theme",onchange:()=>this.app.store.set({theme:this.themes.value})},...["auto","light","dark"].map(e=>J("option",{value:e,text:e}))),this.alert=J("div",{class:"lx-alert",role:"alert"}),this.planeTitle=J("h3",{}),this.notes=J("ul",{class:"lx-notes"}),this.noPlane=J("p",{class:"lx-empty",text:"No plane was computed: the traces are all there is to see."}),this.left=J("div",{class:"lx-left"},J("header",{class:"lx-plane-head"},this.planeTitle,this.planes,this.app.plan.tools,this.app.surface.tools,this.views),this.app.plan.el,this.app.surface.el,this.noPlane,this.notes,this.app.detail.el),this.right=J("div",{class:"lx-right"},this.app.traces.el),this.protocol=J("pre",{class:"lx-protocol-text"}),this.folded=J("details",{class:"lx-protocol"},J("summary",{text:"Protocol"}),this.protocol),this.announcer=J("div",{class:"lx-hidden",role:"status","aria-live":"polite","data-role":"announcer"}),this.root=J("section",{class:"lx","aria-label":"Explorer of loss landscapes","data-lm-suppress-shortcuts":"true"},J("header",{class:"lx-head"},J("div",{class:"lx-titles"},this.title,this.subtitle),J("div",{class:"lx-head-tools"},this.themes,this.app.menu.el)),this.alert,this.app.table.el,J("div",{class:"lx-main"},this.left,this.right),this.app.transport.el,this.folded,this.announcer,this.app.menu.dialog),this.root.addEventListener("keydown",e=>e.stopPropagation())}drawWords(){let{title:t,subtitle:e,protocol:i}=this.app.payload;this.title.textContent=pi(t)||"Explorer",this.subtitle.textContent=pi(e),this.protocol.textContent=i||"",this.folded.hidden=!i}announce(t,e){clearTimeout(this.speaking),this.speaking=setTimeout(()=>this.announcer.textContent=t,e)}drawPlanes(){let{planes:t}=this.app.payload,e=this.app.plane();this.planes.replaceChildren(...t.map(({id:i,label:s})=>J("option",{value:i,text:pi(s)||i}))),this.planes.value=e?.id??"",this.planes.hidden=t.length<2,this.planeTitle.textContent=e?pi(e.label)||e.id:"Plane",this.planeTitle.hidden=t.length>1,this.notes.replaceChildren(...(e?.notes??[]).map(i=>J("li",{text:pi(i)}))),this.noPlane.hidden=!!e,this.views.hidden=!e}drawAlert(){let t=this.app.store.get("status");gn(this.alert,t?.kind==="error"?t.text||"Something went wrong.":"")}drawView(){let t=this.app.store.get("view")!=="surface";this.app.plan.el.hidden=!t||!this.app.plane(),this.app.surface.el.hidden=t||!this.app.plane(),this.app.plan.tools.hidden=this.app.plan.el.hidden,this.app.surface.tools.hidden=this.app.surface.el.hidden||!!this.app.surface.failed;for(let e of this.views.children)e.setAttribute("aria-pressed",String(e.dataset.view==="surface"==!t))}destroy(){clearTimeout(this.speaking),this.root.remove()}};var h0={left:52,right:88,top:10,bottom:42},Os={gap:14,width:13},Pi="11px system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', sans-serif";function jf(n,t,e){return n.font=Pi,n.measureText(e).width<=t?h0:{...h0,right:62,top:26}}function u0(n,t,e){return n.measureText(t).width<=e?t:t.split(/ \(|, /)[0]}function f0(n,t,e){n.moveTo(e.x(t[0]),e.y(t[1]));for(let i=2;i<t.length;i+=2)n.lineTo(e.x(t[i]),e.y(t[i+1]));n.closePath()}function I1(n,t){let e=document.createElement("canvas");e.width=e.height=12;let i=e.getContext("2d");i.fillStyle=t.hatchGround,i.fillRect(0,0,12,12),i.strokeStyle=t.hatch,i.lineWidth=1.4,i.beginPath();for(let r of[-12,0,12])i.moveTo(r-1,13),i.lineTo(r+13,-1);i.stroke();let s=n.createPattern(e,"repeat");return s.setTransform(new DOMMatrix().scale(.5)),s}function d0(n,t,e,i,s){let{alpha:r,beta:o}=t,[a,c]=[i.x(r[0]),i.x(r[r.length-1])],[l,h]=[i.y(o[0]),i.y(o[o.length-1])];n.save(),n.beginPath(),n.rect(i.left,i.top,i.width,i.height),n.clip(),n.beginPath(),n.rect(a,h,c-a,l-h),n.clip(),n.fillStyle=e.base,n.fillRect(a,h,c-a,l-h);for(let{color:u,rings:f}of e.bands){n.beginPath();for(let d of f)f0(n,d,i);n.fillStyle=u,n.fill("evenodd")}n.strokeStyle="rgba(255,255,255,0.6)",n.lineWidth=.7;for(let{rings:u}of e.lines){n.beginPath();for(let f of u)f0(n,f,i);n.stroke()}if(e.missing.length){n.beginPath();for(let[u,f]of e.missing){let[d,p]=[i.x(r[u]),i.y(o[f+1])];n.rect(d-.3,p-.3,i.x(r[u+1])-d+.6,i.y(o[f])-p+.6)}n.fillStyle=I1(n,s),n.fill()}n.restore()}function p0(n,t,e,i){let s=[],{alpha:r,beta:o}=t,a=new Set(n.missing.map(([l,h])=>h*r.length+l)),c=(l,h)=>{let u=0;for(;u<l.length-2&&h>=l[u+1];)u++;return u};for(let{value:l,rings:h}of n.lines){let u=null;for(let f of h)if(!(f.length<24))for(let d=6;d+7<f.length;d+=2){let[p,x]=[e.x(f[d]),e.y(f[d+1])],m=Math.min(p-e.left,e.right-p,x-e.top,e.bottom-x);if(m<22||a.size&&a.has(c(o,f[d+1])*r.length+c(r,f[d])))continue;let g=Math.min(m,90);for(let[b,T]of i)g=Math.min(g,1.2*Math.hypot(b-p,T-x));for(let b of s)g=Math.min(g,Math.hypot(b.x-p,b.y-x));if(g>(u?.room??20)){let b=Math.atan2(e.y(f[d+7])-e.y(f[d-5]),e.x(f[d+6])-e.x(f[d-6]));b>Math.PI/2&&(b-=Math.PI),b<-Math.PI/2&&(b+=Math.PI),u={x:p,y:x,angle:b,room:g,value:l}}}u&&s.push(u)}return s}function m0(n,t){n.save(),n.font=`600 10px ${Pi.slice(5)}`,n.textAlign="center",n.textBaseline="middle",n.lineJoin="round";for(let{x:e,y:i,angle:s,value:r}of t)n.save(),n.translate(e,i),n.rotate(s),n.strokeStyle="rgba(20,24,32,0.72)",n.lineWidth=3,n.strokeText(Je(r),0,0),n.fillStyle="#fff",n.fillText(Je(r),0,0),n.restore();n.restore()}function lr(n,t,e){return ri([n,t],[0,1]).ticks(Math.max(2,Math.round(e/70)))}function cr(n,t){let e=pi(t===0?n.xlabel:n.ylabel)||(t===0?"α":"β"),i=n.explained?.[t];return i==null||e.includes("%")?e:`${e}, ${Number((100*i).toPrecision(2))} % of variance`}function g0(n,t,e,i,s){n.save(),n.font=Pi,n.strokeStyle=s.ink3,n.fillStyle=s.ink2,n.lineWidth=1,n.strokeRect(e.left-.5,e.top-.5,e.width+1,e.height+1),n.textAlign="center",n.textBaseline="top";for(let r of lr(i.x0,i.x1,e.width)){let o=e.x(r);n.beginPath(),n.moveTo(o,e.bottom+1),n.lineTo(o,e.bottom+5),n.stroke(),n.fillText(Je(Number(r.toPrecision(10))),o,e.bottom+7)}n.textAlign="right",n.textBaseline="middle";for(let r of lr(i.y0,i.y1,e.height)){let o=e.y(r);n.beginPath(),n.moveTo(e.left-1,o),n.lineTo(e.left-5,o),n.stroke(),n.fillText(Je(Number(r.toPrecision(10))),e.left-8,o)}n.fillStyle=s.ink,n.textAlign="center",n.textBaseline="alphabetic",n.fillText(u0(n,cr(t,0),e.width+60),e.left+e.width/2,e.bottom+35),n.translate(12,e.top+e.height/2),n.rotate(-Math.PI/2),n.textBaseline="middle",n.fillText(u0(n,cr(t,1),e.height+30),0,0),n.restore()}function Ec(n,t,e,i,s){if(!t.known)return;let r=e.right+Os.gap,o=e.height/di;n.save();for(let c=0;c<di;c++){n.fillStyle=t.bandColor(c);let l=e.bottom-(c+1)*o;n.fillRect(r,l,Os.width,o+(c?.5:0))}n.font=Pi,n.strokeStyle=i.ink3,n.strokeRect(r-.5,e.top-.5,Os.width+1,e.height+1),n.fillStyle=i.ink2,n.textAlign="left",n.textBaseline="middle";let a=1/0;for(let c of t.ticks){let l=e.bottom-t.height(c)*e.height;a-l<13||(a=l,n.beginPath(),n.moveTo(r+Os.width+1,l),n.lineTo(r+Os.width+4,l),n.stroke(),n.fillText(Je(c),r+Os.width+7,l))}n.fillStyle=i.ink,n.measureText(s).width>e.height?(n.textAlign="right",n.fillText(s,r+Os.width+34,e.top-14)):(n.textAlign="center",n.translate(r+Os.width+54,e.top+e.height/2),n.rotate(Math.PI/2),n.fillText(s,0,0)),n.restore()}function Tc(n,t,e,i,s){if(!Number.isFinite(i))return;let r=e.bottom-t.height(i)*e.height,o=e.right+Os.gap-1;n.beginPath(),n.moveTo(o,r),n.lineTo(o-7,r-4),n.lineTo(o-7,r+4),n.closePath(),n.fillStyle=s.ink,n.fill()}var Qf=12,Xi={width:220,height:9,margin:26};function td(n,t){let e=document.createElementNS("http://www.w3.org/2000/svg","svg");e.setAttribute("viewBox","0 0 30 12"),e.setAttribute("class","lx-swatch"),e.setAttribute("aria-hidden","true");let i=document.createElementNS("http://www.w3.org/2000/svg","path"),s=ka(n,1);i.setAttribute("d","M1,6H29"),i.setAttribute("stroke",t),i.setAttribute("stroke-width",s.length?"1.8":"2.4"),s.length&&i.setAttribute("stroke-dasharray",s.join(" "));let r=document.createElementNS("http://www.w3.org/2000/svg","path");return r.setAttribute("d",Ro(n?.marker,15,6,3.4)),r.setAttribute("stroke",t),r.setAttribute("stroke-width","1.4"),r.setAttribute("class","lx-swatch-mark"),e.append(i,r),e}var Rc=class{constructor(t,e){this.app=t,this.toggle=e,this.methods=J("div",{class:"lx-toggles",role:"group","aria-label":"Methods"}),this.layer=new gs("lx-color-bar"),this.layer.canvas.setAttribute("role","img"),this.layer.canvas.removeAttribute("aria-hidden"),this.el=J("div",{class:"lx-legend"},this.methods,this.layer.canvas)}build(){let{payload:t}=this.app,e=this.app.runScale(),i=document.activeElement,s=this.methods.contains(i)?i.dataset.value:null,r=t.methods.filter(({name:o})=>t.runs.some(a=>a.method===o));this.methods.hidden=!!e,this.layer.canvas.style.display=e?"":"none",this.methods.replaceChildren(...r.slice(0,Qf).map(o=>J("button",{type:"button",class:"lx-toggle","data-value":o.name,"aria-label":`Method ${o.label||o.name}`,onclick:()=>this.toggle(o.name)},td(o,this.app.color(o)),J("span",{text:o.label||o.name}))),r.length>Qf?J("span",{class:"lx-note",text:`and ${r.length-Qf} more in the table`}):""),e&&this.drawBar(e),s!==null&&this.methods.querySelector(`[data-value="${CSS.escape(s)}"]`)?.focus(),this.draw()}draw(){let t=this.app.hidden();for(let e of this.methods.querySelectorAll("button")){let i=this.app.payload.runs.filter(({method:r})=>r===e.dataset.value),s=i.filter(r=>!t(r)).length;e.setAttribute("aria-pressed",s===i.length?"true":s?"mixed":"false")}}drawBar(t){let{colors:e}=this.app;this.layer.resize(Xi.width+2*Xi.margin,34);let i=this.layer.clear(),s=a=>Xi.margin+a*Xi.width;i.font=Pi,i.textBaseline="top",i.fillStyle=e.ink2;for(let a=0;a<Xi.width;a++)i.fillStyle=t.at((a+.5)/Xi.width),i.fillRect(Xi.margin+a,4,1.5,Xi.height);i.fillStyle=e.ink2,i.strokeStyle=e.ink3;let r=-1/0;for(let[a,c]of t.ticks){let[l,h]=[s(t.position(a)),i.measureText(c).width/2],u=Math.min(Math.max(l-h,0),this.layer.width-2*h);i.beginPath(),i.moveTo(l,4+Xi.height),i.lineTo(l,8+Xi.height),i.stroke(),!(u<r+8)&&(i.textAlign="left",i.fillText(c,u,10+Xi.height),r=u+2*h)}let o=t.ticks.map(([,a])=>a).join(", ");this.layer.canvas.setAttribute("aria-label",`Colours by ${t.title}: ${o}`)}};var ed=200,qi=24,L1=80,x0=26,_0=6,y0=4,b0=26,N1=37,D1=40,Cc=class{constructor(t){this.app=t,this.columns=[],this.found=[],this.rows=new Map,this.shown=[],this.seen={scrollTop:0,clientHeight:_0*qi},this.legend=new Rc(t,i=>this.toggleMethod(i)),this.count=J("span",{class:"lx-run-count",role:"status"}),this.search=J("input",{type:"search",class:"lx-search",placeholder:"Search, e.g. seed=3",title:"Words of a run's name or settings; column=value, with < > <= >= as well","aria-label":"Search runs",oninput:()=>t.store.set({search:this.search.value})});let e=(i,s,r)=>J("button",{type:"button",class:"lx-button",text:i,"aria-label":s,title:s,onclick:r});this.all=e("All","Show all runs that are found",()=>this.show(this.found,!0)),this.none=e("None","Hide all runs that are found",()=>this.show(this.found,!1)),this.only=J("select",{class:"lx-select lx-only","aria-label":"Show only some runs",onchange:()=>this.choose()}),this.by=J("select",{class:"lx-select","aria-label":"Colour by",onchange:()=>t.store.set({color_by:this.by.value})}),this.head=J("tr",{}),this.body=J("tbody",{}),this.above=J("tr",{class:"lx-spacer","aria-hidden":"true"},J("td",{})),this.below=J("tr",{class:"lx-spacer","aria-hidden":"true"},J("td",{})),this.table=J("table",{class:"lx-run-table"},J("thead",{},this.head),this.body),this.scroller=J("div",{class:"lx-run-scroll",role:"region","aria-label":"Runs and their values at the step",tabindex:"0",onscroll:()=>this.scroll()},this.table),this.body.addEventListener("keydown",i=>this.key(i)),this.body.addEventListener("focusin",i=>this.activate(i.target)),this.nothing=J("p",{class:"lx-note",hidden:!0,text:"No run is found."}),this.el=J("section",{class:"lx-runs","aria-label":"Runs"},J("div",{class:"lx-runs-bar"},this.count,this.search,J("div",{class:"lx-run-choices",role:"group","aria-label":"Visibility of runs"},this.all,this.none,this.only),J("label",{class:"lx-run-by"},J("span",{text:"colour by"}),this.by),this.legend.el),this.scroller,this.nothing)}show(t,e){let i=this.app.hidden(),{runs:s}=this.app.payload,r=new Set(s.filter(i).map(({id:o})=>o));for(let{id:o}of t)e?r.delete(o):r.add(o);this.app.store.set(Gf(s,r)),this.app.announce(`${s.length-r.size} of ${s.length} runs shown`,300)}toggleMethod(t){let e=this.app.payload.runs.filter(s=>s.method===t),i=this.app.hidden();this.show(e,e.some(i))}choose(){let{runs:t}=this.app.payload,e=this.choices[Number(this.only.value)];if(this.only.value="",!e)return;let i=new Set(t.filter(s=>e==="found"?this.found.includes(s):ps(e.column.value(s))===e.text).map(({id:s})=>s));this.app.store.set(Gf(t,new Set(t.filter(({id:s})=>!i.has(s)).map(({id:s})=>s)))),this.app.announce(`${i.size} of ${t.length} runs shown`,300)}build(){let{payload:t}=this.app;this.columns=Mc(t),this.buildHead(),this.buildChoices(),this.legend.build(),this.buildWidths();let e=document.activeElement,i=this.body.contains(e)?[e.closest("tr").dataset.run,e.tagName]:null;this.rows.clear(),this.order=null,this.table.setAttribute("aria-rowcount",String(t.runs.length+1)),this.arrange(),i&&this.rows.get(i[0])?.row.querySelector(i[1])?.focus(),this.el.hidden=!t.runs.length}buildHead(){this.master=J("input",{type:"checkbox","aria-label":"Show all runs that are found",onchange:()=>this.show(this.found,this.master.checked)});let t=(e,i,s)=>J("th",{scope:"col","data-key":e},J("button",{type:"button",class:"lx-sort",title:s?`Sort by ${s}`:null,"aria-label":s?`Sort by ${s}`:null,onclick:()=>this.sortBy(e)},J("span",{text:i}),mi("down")));this.head.replaceChildren(J("th",{scope:"col",class:"lx-eye"},this.master),...this.columns.map(({key:e,title:i,name:s})=>t(e,i,s??i)))}buildWidths(){let t=this.ruler??=document.createElement("canvas").getContext("2d");t.font=Pi.replace("11px","12px");let e=r=>r.reduce((o,a)=>Math.max(o,t.measureText(a).width),0),{runs:i}=this.app.payload,s=this.columns.map((r,o)=>{let a=r.along?L1:e(i.map(c=>this.text(r,c)))+16;return Math.ceil(Math.max(e([r.title])+26,a+(o?0:N1)))});[b0,...s].forEach((r,o)=>this.head.children[o].style.width=`${r}px`),this.table.style.minWidth=`${s.reduce((r,o)=>r+o,b0)}px`}text({group:t,value:e},i){return t?ps(e(i)):Sc(e(i))}buildChoices(){this.choices=["found"];let t=this.columns.filter(({group:i})=>i).flatMap(i=>{let s=[...new Set(this.app.payload.runs.map(o=>ps(i.value(o))))];if(s.length<2||s.length>D1)return[];s.sort((o,a)=>o.localeCompare(a,void 0,{numeric:!0}));let r=s.map(o=>J("option",{value:String(this.choices.push({column:i,text:o})-1),text:`${i.title} ${o}`}));return[J("optgroup",{label:i.title},...r)]});this.only.replaceChildren(J("option",{value:"",text:"Only…"}),J("option",{value:"0",text:"the runs found"}),...t),this.only.value="";let e=this.columns.filter(({key:i,along:s})=>i!=="method"&&!s);this.by.replaceChildren(J("option",{value:"method",text:"method"}),...e.map(({key:i,title:s})=>J("option",{value:i,text:s}))),this.by.value=this.app.store.get("color_by"),this.by.value||(this.by.value="method")}buildRow(t){let{store:e}=this.app,i=this.app.nameOf(t),s=this.app.method(t.method),r=J("input",{type:"checkbox",tabindex:"-1","aria-label":`Show ${i}`,onchange:()=>this.show([t],r.checked)}),o=J("button",{type:"button",class:"lx-row-button",tabindex:"-1","aria-label":`Highlight ${i}`,onclick:()=>e.set({pinned:e.get("pinned")===t.id?null:t.id})},td(s,this.app.colorOf(t)),J("span",{text:s?.label||t.method})),a=this.columns.slice(1).map(h=>{let u=h.along?null:h.value(t),f=h.along?"":this.text(h,t);return J("td",{class:typeof u=="string"?"lx-words":null,title:typeof u=="number"&&String(u)!==f?String(u):null,text:f})}),c=J("tr",{"data-run":t.id,onpointerenter:()=>this.app.hover({runId:t.id}),onpointerleave:()=>this.app.hover(null)},J("td",{class:"lx-eye"},r),J("th",{scope:"row"},o),...a),l={run:t,row:c,eye:r,pin:o,cells:a};return t.id===this.activeId&&(r.tabIndex=o.tabIndex=0),l}row(t){let e=this.rows.get(t.id);return e||(e=this.buildRow(t),this.rows.set(t.id,e),this.drawEye(e,this.app.hidden()),e)}place(t=!1){let{scrollTop:e,clientHeight:i}=this.seen,s=Math.max(0,Math.floor(e/qi)-y0),r=Math.min(this.found.length,Math.ceil((e+i)/qi)+y0);if(!t&&s===this.first&&r===this.last)return!1;[this.first,this.last]=[s,r];let o=document.activeElement;this.shown=this.found.slice(s,r).map(h=>this.row(h)),this.above.firstChild.style.height=`${s*qi}px`,this.below.firstChild.style.height=`${(this.found.length-r)*qi}px`,this.body.children.length||this.body.append(this.above,this.below);let a=this.shown.map(({row:h})=>h),c=new Set(a),l=this.above.nextSibling;a.forEach((h,u)=>{h.setAttribute("aria-rowindex",String(s+u+2)),h===l?l=l.nextSibling:this.body.insertBefore(h,l)});for(let h of[...this.body.children].slice(1,-1))c.has(h)||h.remove();return o!==document.activeElement&&this.body.contains(o)&&o.focus({preventScroll:!0}),!0}scroll(){let{scrollTop:t,clientHeight:e}=this.scroller;this.seen={scrollTop:t,clientHeight:e},this.place()&&this.drawRows(this.shown)}sortBy(t){let e=this.app.store.get("sort_by");this.app.store.set({sort_by:e===t?`-${t}`:e===`-${t}`?"":t})}arrange(){let{store:t,payload:e}=this.app,[i,s,r]=[t.get("sort_by"),t.get("search"),t.get("step")];this.search.value!==s&&(this.search.value=s);let o=this.app.names(),a=jg(e.runs,i,this.columns,r),c=Kg(s,this.columns,o,r);this.found=a.filter(c);let l=this.found.map(({id:h})=>h).join(`
`);if(l!==this.order){this.order=l,this.found.some(({id:u})=>u===this.activeId)||this.setActive(this.found[0]?.id);let h=Math.max(1,Math.min(this.found.length,_0));(!this.scroller.style.height.endsWith("px")||h!==this.fitted)&&(this.scroller.style.height=`${x0+h*qi+(h<this.found.length?qi/2:0)}px`),this.fitted=h,this.place(!0),this.drawRows(this.shown)}for(let h of[...this.head.children].slice(1)){let{key:u}=h.dataset,f=i===u?"ascending":i===`-${u}`?"descending":"none";h.getAttribute("aria-sort")!==f&&h.setAttribute("aria-sort",f)}this.nothing.hidden=this.found.length>0,this.drawCount()}get moves(){let{store:t}=this.app,e=t.get("sort_by").replace(/^-/,"");return this.columns.some(({key:i,along:s})=>s&&i===e)||/[<>=:]/.test(t.get("search"))}setActive(t){let e=this.rows.get(this.activeId);e&&(e.eye.tabIndex=e.pin.tabIndex=-1),this.activeId=t;let i=this.rows.get(t);i&&(i.eye.tabIndex=i.pin.tabIndex=0)}activate(t){let e=t.closest("tr")?.dataset.run;e!==void 0&&e!==this.activeId&&this.setActive(e)}key(t){let e=this.found.findIndex(({id:h})=>h===this.activeId),i=this.found.length-1,s={ArrowDown:e+1,ArrowUp:e-1,Home:0,End:i,PageDown:e+8,PageUp:e-8}[t.key];if(s===void 0)return;t.preventDefault();let r=document.activeElement.tagName==="INPUT"?"eye":"pin",o=Math.min(Math.max(s,0),i),{scrollTop:a,clientHeight:c}=this.scroller,l=c-x0;o*qi<a?this.scroller.scrollTop=o*qi:(o+1)*qi>a+l&&(this.scroller.scrollTop=(o+1)*qi-l),this.scroll(),this.row(this.found[o])[r].focus({preventScroll:!0})}draw(){clearTimeout(this.later);let t=performance.now();if(t-(this.drawnAt??0)<ed){this.later=setTimeout(()=>this.drawAll(),ed);return}this.drawnAt=t,this.drawRows(this.shown),this.later=setTimeout(()=>this.drawAll(),ed)}drawAll(){this.moves&&this.arrange(),this.drawRows(this.shown)}drawEye({run:t,row:e,eye:i},s){i.checked=!s(t),e.classList.toggle("lx-off",!i.checked)}drawVisible(){let t=this.app.hidden();for(let e of this.rows.values())this.drawEye(e,t);this.legend.draw(),this.drawCount()}drawCount(){let t=this.app.hidden(),{runs:e}=this.app.payload,i=e.filter(o=>!t(o)).length,s=this.found.length<e.length?`, ${this.found.length} found`:"";gn(this.count,`${i} of ${e.length} ${e.length===1?"run":"runs"} shown${s}`);let r=this.found.filter(o=>!t(o)).length;this.master.checked=r===this.found.length&&r>0,this.master.indeterminate=r>0&&r<this.found.length}drawRows(t){let{store:e}=this.app,i=e.get("step"),s=this.app.focus(),r=e.get("pinned");for(let{run:o,row:a,pin:c,cells:l}of t){a.classList.toggle("lx-focused",o.id===s);let h=String(o.id===r);c.getAttribute("aria-pressed")!==h&&c.setAttribute("aria-pressed",h),l.forEach((u,f)=>{let{along:d,rule:p}=this.columns[f+1];if(!d)return;let x=ds(o,d,i),m=!x||p&&Number.isNaN(x.value);gn(u,m?"–":te(x.value,4));let g=!!x&&!m&&x.step<i;u.classList.contains("lx-old")!==g&&u.classList.toggle("lx-old",g)})}}destroy(){clearTimeout(this.later)}};var U1=14,F1=500;function nd(n,t){n.dataset.typing!=="yes"&&n.value!==t&&(n.value=t)}var Pc=class{constructor(t){this.app=t;let{store:e}=t,i=(s,r)=>{let o=c=>()=>a.dataset.typing=c,a=J("input",{type:"number",class:"lx-number",min:"0",step:"1","aria-label":s,oninput:o("yes"),onchange:()=>{o("no")(),r()}});return a};this.play=J("button",{type:"button",class:"lx-play",onclick:()=>this.setPlaying(!this.playing)}),this.slider=J("input",{type:"range",class:"lx-slider",min:"0",step:"1","aria-label":"Step",oninput:()=>this.scrub(Number(this.slider.value))}),this.marks=J("div",{class:"lx-marks","aria-hidden":"true"}),this.step=i("Step, exact",()=>this.scrub(Number(this.step.value))),this.total=J("span",{class:"lx-total"}),this.follow=J("button",{type:"button",class:"lx-follow","aria-label":"Follow the training",onclick:()=>e.set({following:!e.get("following")}),text:"Live"}),this.from=i("Span of steps, first",()=>this.setSpan()),this.to=i("Span of steps, last",()=>this.setSpan()),this.zoom=J("button",{type:"button",class:"lx-mini","aria-pressed":"false",text:"zoom",title:"Show the span alone","aria-label":"Zoom the traces to the span",onclick:()=>t.zoomSpan(!t.traces.zoomed)}),this.clear=J("button",{type:"button",class:"lx-mini lx-square",title:"Clear the span","aria-label":"Clear the span",onclick:()=>{this.from.dataset.typing=this.to.dataset.typing="no",e.set({selection:[]}),this.draw()}},mi("close")),this.el=J("div",{class:"lx-transport",role:"group","aria-label":"Steps"},this.play,J("div",{class:"lx-slide"},this.slider,this.marks),J("label",{class:"lx-field"},J("span",{text:"step"}),this.step),this.total,this.follow,J("div",{class:"lx-field lx-span",role:"group","aria-label":"Span of steps"},J("span",{text:"span"}),this.from,J("span",{text:"–"}),this.to,this.zoom,this.clear)),this.playing=!1,this.drawPlay()}scrub(t){this.app.scrub(t)}setSpan(){let{store:t}=this.app,e=[this.from,this.to].filter(r=>r.value!=="");if(e.length===1){e[0].dataset.typing="yes";return}if(!e.length){t.set({selection:[]});return}let[i,s]=[this.from,this.to].map(r=>this.app.clampStep(Math.round(Number(r.value))));this.from.dataset.typing=this.to.dataset.typing="no",t.set({selection:i===s?[]:[Math.min(i,s),Math.max(i,s)]}),this.draw()}build(){let t=this.app.lastStep;this.slider.max=this.step.max=this.from.max=this.to.max=String(t),gn(this.total,`of ${t}`);let e=zf(this.app.payload.runs),i=e.length<=400?e:[];this.marks.replaceChildren(...i.map(s=>J("i",{style:`left:${t?100*s/t:0}%`}))),this.draw()}draw(){let{store:t}=this.app,e=t.get("step");Number(this.slider.value)!==e&&(this.slider.value=String(e)),this.slider.setAttribute("aria-valuetext",`step ${e} of ${this.app.lastStep}`),this.slider.style.setProperty("--at",`${this.app.lastStep?100*e/this.app.lastStep:0}%`),nd(this.step,String(e));let i=t.get("selection");this.el.classList.toggle("lx-has-span",i.length>0),nd(this.from,i.length?String(i[0]):""),nd(this.to,i.length?String(i[1]):""),this.zoom.disabled=this.clear.disabled=!i.length,this.zoom.setAttribute("aria-pressed",String(this.app.traces.zoomed&&i.length>0)),this.follow.hidden=!this.app.live,this.follow.setAttribute("aria-pressed",String(t.get("following")))}drawPlay(){this.play.replaceChildren(mi(this.playing?"pause":"play")),this.play.setAttribute("aria-label",this.playing?"Pause":"Play the steps"),this.play.title=this.playing?"Pause":"Play the steps"}setPlaying(t){if(t===this.playing||(this.playing=t,this.drawPlay(),clearTimeout(this.timer),cancelAnimationFrame(this.timer),!t))return;let{store:e}=this.app;e.get("following")&&e.set({following:!1}),e.get("step")>=this.app.lastStep&&e.set({step:0}),this.app.reducedMotion()?this.jump():this.run()}jump(){let{store:t}=this.app,e=zf(this.app.payload.runs).find(i=>i>t.get("step"))??this.app.lastStep;this.timer=setTimeout(()=>{this.playing&&(t.set({step:e}),e>=this.app.lastStep?this.setPlaying(!1):this.jump())},F1)}run(){let{store:t}=this.app,e=performance.now(),i=t.get("step"),s=r=>{if(!this.playing)return;Math.abs(t.get("step")-i)>1&&(i=t.get("step")),i+=(r-e)/1e3/U1*this.app.lastStep,e=r;let o=Math.min(this.app.lastStep,Math.floor(i));t.set({step:o}),o>=this.app.lastStep?this.setPlaying(!1):this.timer=requestAnimationFrame(s)};this.timer=requestAnimationFrame(s)}destroy(){this.setPlaying(!1)}};function Bs(n,t){let e=0;for(let i=1;i<n.length;i++)Math.abs(n[i]-t)<Math.abs(n[e]-t)&&(e=i);return e}function Va(n,t){let e=0;for(;e<n.length-2&&t>n[e+1];)e++;return e+(t-n[e])/(n[e+1]-n[e])}function xs(n){let{alpha:t,beta:e}=n;return{x0:t[0],x1:t[t.length-1],y0:e[0],y1:e[e.length-1]}}function v0(n,t,e,i,s){let r=(h,u,f,d,p)=>{let x=Math.min((u-h)*t,p-d),m=f-x*(f-h)/(u-h);return m=Math.min(Math.max(m,d),p-x),[m,m+x]},[o,a]=r(n.x0,n.x1,e,s.x0,s.x1),[c,l]=r(n.y0,n.y1,i,s.y0,s.y1);return{x0:o,x1:a,y0:c,y1:l}}function id(n,t,e,i){let s=Math.min(Math.max(t,i.x0-n.x0),i.x1-n.x1),r=Math.min(Math.max(e,i.y0-n.y0),i.y1-n.y1);return{x0:n.x0+s,x1:n.x1+s,y0:n.y0+r,y1:n.y1+r}}function M0(n,t,e=.12){let[i,s,r,o]=[1/0,-1/0,1/0,-1/0];for(let[d,p]of n)!Number.isFinite(d)||!Number.isFinite(p)||(i=Math.min(i,d),s=Math.max(s,d),r=Math.min(r,p),o=Math.max(o,p));if(s<i)return t;let[a,c]=[t.x1-t.x0,t.y1-t.y0],l=Math.min(1,Math.max((s-i)/a,(o-r)/c,.001)*(1+2*e)),[h,u]=[(i+s)/2,(r+o)/2],f={x0:h-l*a/2,x1:h+l*a/2,y0:u-l*c/2,y1:u+l*c/2};return id(f,0,0,t)}function Ic(n,t,e,i,s){let r=Math.max(10,n-e.left-e.right),o=Math.max(10,t-e.top-e.bottom);if(s){let l=Math.min(r/(i.x1-i.x0),o/(i.y1-i.y0));r=l*(i.x1-i.x0),o=l*(i.y1-i.y0)}let a=e.left,c=e.top;return{left:a,top:c,width:r,height:o,right:a+r,bottom:c+o,x:l=>a+(l-i.x0)/(i.x1-i.x0)*r,y:l=>c+o-(l-i.y0)/(i.y1-i.y0)*o,invertX:l=>i.x0+(l-a)/r*(i.x1-i.x0),invertY:l=>i.y0+(c+o-l)/o*(i.y1-i.y0),contains:(l,h)=>l>=a&&l<=a+r&&h>=c&&h<=c+o}}var O1=Array.prototype,B1=O1.slice;function k1(n,t){return n-t}function z1(n){for(var t=0,e=n.length,i=n[e-1][1]*n[0][0]-n[e-1][0]*n[0][1];++t<e;)i+=n[t-1][1]*n[t][0]-n[t-1][0]*n[t][1];return i}var S0=n=>()=>n;function V1(n,t){for(var e=-1,i=t.length,s;++e<i;)if(s=G1(n,t[e]))return s;return 0}function G1(n,t){for(var e=t[0],i=t[1],s=-1,r=0,o=n.length,a=o-1;r<o;a=r++){var c=n[r],l=c[0],h=c[1],u=n[a],f=u[0],d=u[1];if(H1(c,u,t))return 0;h>i!=d>i&&e<(f-l)*(i-h)/(d-h)+l&&(s=-s)}return s}function H1(n,t,e){var i;return W1(n,t,e)&&X1(n[i=+(n[0]===t[0])],e[i],t[i])}function W1(n,t,e){return(t[0]-n[0])*(e[1]-n[1])===(e[0]-n[0])*(t[1]-n[1])}function X1(n,t,e){return n<=t&&t<=e||e<=t&&t<=n}function q1(){}var ks=[[],[[[1,1.5],[.5,1]]],[[[1.5,1],[1,1.5]]],[[[1.5,1],[.5,1]]],[[[1,.5],[1.5,1]]],[[[1,1.5],[.5,1]],[[1,.5],[1.5,1]]],[[[1,.5],[1,1.5]]],[[[1,.5],[.5,1]]],[[[.5,1],[1,.5]]],[[[1,1.5],[1,.5]]],[[[.5,1],[1,.5]],[[1.5,1],[1,1.5]]],[[[1.5,1],[1,.5]]],[[[.5,1],[1.5,1]]],[[[1,1.5],[1.5,1]]],[[[.5,1],[1,1.5]]],[]];function A0(){var n=1,t=1,e=mg,i=c;function s(l){var h=e(l);if(Array.isArray(h))h=h.slice().sort(k1);else{let u=fg(l,$1);for(h=wo(...pg(u[0],u[1],h),h);h[h.length-1]>=u[1];)h.pop();for(;h[1]<u[0];)h.shift()}return h.map(u=>r(l,u))}function r(l,h){let u=h==null?NaN:+h;if(isNaN(u))throw new Error(`invalid value: ${h}`);var f=[],d=[];return o(l,u,function(p){i(p,l,u),z1(p)>0?f.push([p]):d.push(p)}),d.forEach(function(p){for(var x=0,m=f.length,g;x<m;++x)if(V1((g=f[x])[0],p)!==-1){g.push(p);return}}),{type:"MultiPolygon",value:h,coordinates:f}}function o(l,h,u){var f=new Array,d=new Array,p,x,m,g,b,T;for(p=x=-1,g=zr(l[0],h),ks[g<<1].forEach(v);++p<n-1;)m=g,g=zr(l[p+1],h),ks[m|g<<1].forEach(v);for(ks[g<<0].forEach(v);++x<t-1;){for(p=-1,g=zr(l[x*n+n],h),b=zr(l[x*n],h),ks[g<<1|b<<2].forEach(v);++p<n-1;)m=g,g=zr(l[x*n+n+p+1],h),T=b,b=zr(l[x*n+p+1],h),ks[m|g<<1|b<<2|T<<3].forEach(v);ks[g|b<<3].forEach(v)}for(p=-1,b=l[x*n]>=h,ks[b<<2].forEach(v);++p<n-1;)T=b,b=zr(l[x*n+p+1],h),ks[b<<2|T<<3].forEach(v);ks[b<<3].forEach(v);function v(R){var E=[R[0][0]+p,R[0][1]+x],_=[R[1][0]+p,R[1][1]+x],A=a(E),O=a(_),I,L;(I=d[A])?(L=f[O])?(delete d[I.end],delete f[L.start],I===L?(I.ring.push(_),u(I.ring)):f[I.start]=d[L.end]={start:I.start,end:L.end,ring:I.ring.concat(L.ring)}):(delete d[I.end],I.ring.push(_),d[I.end=O]=I):(I=f[O])?(L=d[A])?(delete f[I.start],delete d[L.end],I===L?(I.ring.push(_),u(I.ring)):f[L.start]=d[I.end]={start:L.start,end:I.end,ring:L.ring.concat(I.ring)}):(delete f[I.start],I.ring.unshift(E),f[I.start=A]=I):f[A]=d[O]={start:A,end:O,ring:[E,_]}}}function a(l){return l[0]*2+l[1]*(n+1)*4}function c(l,h,u){l.forEach(function(f){var d=f[0],p=f[1],x=d|0,m=p|0,g=sd(h[m*n+x]);d>0&&d<n&&x===d&&(f[0]=w0(d,sd(h[m*n+x-1]),g,u)),p>0&&p<t&&m===p&&(f[1]=w0(p,sd(h[(m-1)*n+x]),g,u))})}return s.contour=r,s.size=function(l){if(!arguments.length)return[n,t];var h=Math.floor(l[0]),u=Math.floor(l[1]);if(!(h>=0&&u>=0))throw new Error("invalid size");return n=h,t=u,s},s.thresholds=function(l){return arguments.length?(e=typeof l=="function"?l:Array.isArray(l)?S0(B1.call(l)):S0(l),s):e},s.smooth=function(l){return arguments.length?(i=l?c:q1,s):i===c},s}function $1(n){return isFinite(n)?n:NaN}function zr(n,t){return n==null?!1:+n>=t}function sd(n){return n==null||isNaN(n=+n)?-1/0:n}function w0(n,t,e,i){let s=i-t,r=e-t,o=isFinite(s)||isFinite(r)?s/r:Math.sign(s)/Math.sign(r);return isNaN(o)?n:n+o-.5}function E0(n,t){let e=n.length-1,i=Math.min(Math.max(t-.5,-.5),e+.5),s=Math.min(Math.max(Math.floor(i),0),e-1);return n[s]+(i-s)*(n[s+1]-n[s])}function Co(n,t){let{alpha:e,beta:i,loss:s}=n,[r,o]=[e.length,i.length],a=new Float64Array(r*o),c=new Uint8Array(r*o);for(let p=0;p<r*o;p++)c[p]=Number.isFinite(s[p])?0:1,a[p]=c[p]?0:t.height(s[p]);let l=[];for(let p=0;p<o-1;p++)for(let x=0;x<r-1;x++){let m=p*r+x;(c[m]||c[m+1]||c[m+r]||c[m+r+1])&&l.push([x,p])}let h=A0().size([r,o]),u=p=>h.contour(a,p).coordinates.flatMap(x=>x.map(m=>{let g=new Float64Array(2*m.length);return m.forEach(([b,T],v)=>{g[2*v]=E0(e,b),g[2*v+1]=E0(i,T)}),g})),f=[];for(let p=1;p<di;p++)f.push({color:t.bandColor(p),rings:u(p/di)});let d=(t.flat?[]:t.ticks).map(p=>({value:p,rings:u(t.height(p))}));return{bands:f,lines:d,missing:l,base:t.bandColor(0),usable:l.length<(r-1)*(o-1)}}function T0(n,t,e){let{alpha:i,beta:s}=t,[r,o]=[i[0],i[i.length-1]],[a,c]=[s[0],s[s.length-1]],l=1e-9,[h,u]=[l*(o-r),l*(c-a)],f=[],d=[];for(let p=0;p<n.length;p+=2){let[x,m]=[n[p],n[p+1]];x>=r-h&&x<=o+h&&m>=a-u&&m<=c+u&&!e(x,m)?d.push(x,m):(d.length>2&&f.push(d),d=[])}return d.length>2&&f.push(d),f}var hr=class{constructor(t){this.parent=t,this.title=J("div",{class:"lx-tip-title"}),this.body=J("dl",{class:"lx-tip-rows"}),this.el=J("div",{class:"lx-tip","aria-hidden":"true",hidden:!0},this.title,this.body),t.append(this.el)}show(t,e,i,s=null){for(this.title.hidden=!s,s&&(gn(this.title,s.text),this.title.style.setProperty("--swatch",s.color));this.body.children.length>2*i.length;)this.body.lastChild.remove();for(;this.body.children.length<2*i.length;)this.body.append(J(this.body.children.length%2?"dd":"dt"));i.flat().forEach((l,h)=>gn(this.body.children[h],l)),this.el.hidden=!1;let[r,o]=[this.el.offsetWidth,this.el.offsetHeight],a=t+16+r>this.parent.clientWidth?Math.max(0,t-16-r):t+16,c=Math.min(Math.max(0,e-o/2),Math.max(0,this.parent.clientHeight-o));this.el.style.transform=`translate(${Math.round(a)}px, ${Math.round(c)}px)`}hide(){this.el.hidden=!0}};var Y1=540,Z1="Arrow keys go along the checkpoints of a run and from run to run; Enter opens a checkpoint; plus and minus zoom; 0 shows all.",Lc=class{constructor(t){this.app=t,this.layers=["field","ahead","lines","dots","heads"].map(i=>new gs(`lx-layer lx-${i}`)),[this.field,this.ahead,this.lines,this.dots,this.heads]=this.layers,this.stage=J("div",{class:"lx-stage",tabindex:"0",role:"application","aria-roledescription":"interactive contour plot","aria-describedby":`${t.id}-plane-help`}),this.stage.append(...this.layers.map(i=>i.canvas)),this.tooltip=new hr(this.stage);let e=(i,s,r)=>J("button",{type:"button",class:"lx-tool","aria-label":s,title:s,onclick:r},mi(i));this.tools=J("div",{class:"lx-tools",role:"group","aria-label":"Zoom"},e("plus","Zoom in",()=>this.zoom(.6)),e("minus","Zoom out",()=>this.zoom(1/.6)),e("focus","Zoom to the trajectories",()=>this.zoomToPaths()),e("fit","Show the whole plane",()=>this.show(null))),this.el=J("div",{class:"lx-plane-view"},this.stage,J("p",{class:"lx-hidden",id:`${t.id}-plane-help`,text:Z1})),this.window=null,this.cursor=null,this.pointer=null,this.listen()}listen(){let{stage:t}=this,e=null;t.addEventListener("pointermove",i=>{let[s,r]=this.position(i);if(e&&(Math.hypot(s-e.x,r-e.y)>3&&(e.moved=!0),e.moved&&this.window)){let a=this.frame.invertX(e.x)-this.frame.invertX(s),c=this.frame.invertY(e.y)-this.frame.invertY(r);this.show(id(e.window,a,c,xs(this.app.plane())));return}this.point(s,r)}),t.addEventListener("pointerdown",i=>{if(i.button!==0)return;let[s,r]=this.position(i);e={x:s,y:r,window:this.window,moved:!1},this.window&&this.frame?.contains(s,r)&&t.setPointerCapture(i.pointerId)}),t.addEventListener("pointerup",i=>{let s=e?.moved&&this.window;if(e=null,s||i.button!==0)return;let[r,o]=this.position(i),a=Kf(this.entries,r,o,i.pointerType==="touch"?24:14);a&&this.app.pick(a.entry.run.id,a.index)}),t.addEventListener("pointercancel",()=>e=null),t.addEventListener("pointerleave",()=>this.leave()),t.addEventListener("dblclick",i=>{let[s,r]=this.position(i);this.frame?.contains(s,r)&&this.zoom(.5,s,r)}),t.addEventListener("wheel",i=>{if(!i.ctrlKey&&!i.metaKey)return;i.preventDefault();let[s,r]=this.position(i);this.zoom(Math.exp(i.deltaY*.003),s,r)},{passive:!1}),t.addEventListener("keydown",i=>this.key(i)),t.addEventListener("blur",()=>{this.cursor=null,this.leave()})}position(t){let e=this.stage.getBoundingClientRect();return[t.clientX-e.left,t.clientY-e.top]}key(t){let e={ArrowRight:[1,0],ArrowLeft:[-1,0],ArrowDown:[0,1],ArrowUp:[0,-1]};if(t.key in e)this.step(...e[t.key]);else if(t.key==="Enter"&&this.cursor)this.app.pick(this.cursor.runId,this.cursor.index,!0);else if(t.key==="+"||t.key==="=")this.zoom(.6);else if(t.key==="-")this.zoom(1/.6);else if(t.key==="0")this.show(null);else return;t.preventDefault()}step(t,e){let{entries:i}=this;if(!i.length)return;let s=i.findIndex(({run:a})=>a.id===this.cursor?.runId);if(s<0){s=0;let a=$n(i[0].run,this.app.plane().id,this.app.store.get("step"));this.cursor={runId:i[0].run.id,index:a?.index??0}}else{s=(s+e+i.length)%i.length;let a=i[s].points.length/2-1;this.cursor={runId:i[s].run.id,index:Math.min(Math.max(this.cursor.index+t,0),a)}}let r=i[s],{index:o}=this.cursor;this.app.hover({runId:r.run.id}),this.readCheckpoint(r,o),this.app.announce(this.words(r,o),0),this.app.frames.request("heads")}words({run:t,name:e},i){let{checkpoints:s}=t,r=[`${e}, checkpoint at step ${s.step[i]}`];return s.loss&&r.push(`loss ${te(s.loss[i],4)}`),r.join(", ")}zoom(t,e,i){if(!this.frame)return;let s=xs(this.app.plane()),r=this.window??s,o=e===void 0?(r.x0+r.x1)/2:this.frame.invertX(e),a=i===void 0?(r.y0+r.y1)/2:this.frame.invertY(i);this.show(v0(r,t,o,a,s))}zoomToPaths(){let t=this.app.plane(),e=this.entries.flatMap(({run:i})=>Array.from(i.checkpoints.x[t.id],(s,r)=>[s,i.checkpoints.y[t.id][r]]));this.show(M0(e,xs(t)))}show(t){let e=xs(this.app.plane());this.window=t&&t.x1-t.x0<.999*(e.x1-e.x0)?t:null,this.app.frames.request("field","paths","heads")}heightFor(t){let e=this.app.plane();if(!e)return 200;let i=xs(e),s=e.orthonormal?(i.y1-i.y0)/(i.x1-i.x0):.9,r=c=>Math.round(Math.min(Math.max(80,t-c.left-c.right)*Math.min(Math.max(s,.3),1.3),Y1)),{context:o}=this.field,a=this.app.lossLabel();return this.margin=jf(o,1/0,a),this.margin=jf(o,r(this.margin),a),r(this.margin)+this.margin.top+this.margin.bottom}resize(t){let e=this.heightFor(t);this.stage.style.height=`${e}px`;for(let i of this.layers)i.resize(t,e);this.size=[t,e]}setPlane(){this.window=null,this.cursor=null,this.shapes=null}invalidate(){this.shapes=null}get entries(){return this.placed??[]}drawField(){let t=this.app.plane();if(!t||!this.size)return;let{colors:e}=this.app,i=this.app.lossScale();this.shapes??=Co(t,i),this.view=this.window??xs(t),this.frame=Ic(...this.size,this.margin,this.view,t.orthonormal);let s=this.field.clear();d0(s,t,this.shapes,this.frame,e),this.place(),this.labels=p0(this.shapes,t,this.frame,this.entries.flatMap(({points:r})=>c0(r))),m0(s,this.labels),g0(s,t,this.frame,this.view,e),Ec(s,i,this.frame,e,this.app.lossLabel()),this.stage.classList.toggle("lx-zoomed",!!this.window),this.stage.setAttribute("aria-label",this.label(t,i))}label(t,e){let i=this.entries.length,s=`contours of the loss from ${te(e.low,3)} to ${te(e.high,3)}`,r=e.flat?`a loss of ${te(e.ticks[0],3)} everywhere`:s,o=e.known?r:"no loss known";return`${t.label||"Plane"}: ${o}, trajectories of ${i} ${i===1?"run":"runs"}`}focus(){let t=this.app.focus();return this.entries.some(({run:e})=>e.id===t)?t:null}place(){let t=this.app.plane();this.placed=this.app.entries().filter(({run:e})=>e.checkpoints?.x?.[t.id]?.length).map(e=>({...e,frame:this.frame,points:wc(e.run,t.id,this.frame)}))}clip(t){t.save(),t.beginPath(),t.rect(this.frame.left,this.frame.top,this.frame.width,this.frame.height),t.clip()}drawPaths(){if(!this.frame)return;this.place();let{ground:t,ink:e}=this.app.colors,i=this.ahead.clear();this.clip(i),s0(i,this.entries,t),i.restore();let s=this.dots.clear();this.clip(s),l0(s,this.entries,this.app.lossScale(),t,e),s.restore(),this.drawLines()}drawLines(){if(!this.frame)return;let{store:t,colors:e}=this.app,i=this.lines.clear(),s=this.app.plane().id;this.clip(i);let r=t.get("selection");r.length&&a0(i,this.entries,s,r,e),r0(i,this.entries,s,t.get("step"),this.focus(),e.ground),i.restore()}drawHeads(){if(!this.frame)return;let{store:t,colors:e}=this.app,i=this.heads.clear(),s=this.app.plane();this.clip(i),Yf(i,this.entries,s.id,t.get("step"),this.focus(),e.ground);let r=(a,c,l,h)=>{let u=this.entries.find(({run:p})=>p.id===a);if(!u||2*c>=u.points.length)return;let[f,d]=[u.points[2*c],u.points[2*c+1]];for(let[p,x]of[[e.ground,h+2.5],[e.ink,h]])i.beginPath(),i.arc(f,d,l,0,2*Math.PI),i.strokeStyle=p,i.lineWidth=x,i.stroke()},o=t.get("picked");o&&r(o.runId,o.index,9,1.8),this.cursor&&r(this.cursor.runId,this.cursor.index,7,1.4),this.pointer?.hit?r(this.pointer.hit.entry.run.id,this.pointer.hit.index,6,1.4):this.pointer&&this.drawCross(i,e),i.restore(),this.pointer&&Tc(i,this.app.lossScale(),this.frame,this.pointer.loss,e)}drawCross(t,e){let{gx:i,gy:s}=this.pointer,[r,o]=[this.frame.x(i),this.frame.y(s)];for(let[a,c]of[[e.ground,3],[e.ink,1]])t.beginPath(),t.moveTo(r-5,o),t.lineTo(r+5,o),t.moveTo(r,o-5),t.lineTo(r,o+5),t.strokeStyle=a,t.lineWidth=c,t.stroke()}point(t,e){if(!this.frame?.contains(t,e)){this.leave();return}let i=this.app.plane(),[s,r]=[this.frame.invertX(t),this.frame.invertY(e)],[o,a]=[Bs(i.alpha,s),Bs(i.beta,r)],c=i.loss[a*i.alpha.length+o],l=Kf(this.entries,t,e);this.pointer={hit:l,loss:c,gx:i.alpha[o],gy:i.beta[a]},this.stage.classList.toggle("lx-on-checkpoint",!!l),l?(this.pointer.loss=l.entry.run.checkpoints.loss?.[l.index]??c,this.app.hover({runId:l.entry.run.id}),this.readCheckpoint(l.entry,l.index)):(this.app.hover(null),this.tooltip.show(t,e,[["loss",Number.isFinite(c)?te(c,6):`${te(c)} (not finite)`],["at grid point",`α ${te(i.alpha[o],5)}, β ${te(i.beta[a],5)}`],["pointer",`α ${te(s,5)}, β ${te(r,5)}`]])),this.app.frames.request("heads")}readCheckpoint({run:t,name:e,look:i,points:s},r){let{checkpoints:o}=t,a=this.app.plane().id,c=[["step",String(o.step[r])]];o.loss&&c.push(["loss",te(o.loss[r],6)]),c.push(["α, β",`${te(o.x[a][r],5)}, ${te(o.y[a][r],5)}`]),o.off_plane?.[a]&&c.push(["off the plane",te(o.off_plane[a][r],4)]),this.tooltip.show(s[2*r],s[2*r+1],c,{text:e,color:i.color})}leave(){this.tooltip.hide(),!(!this.pointer&&!this.app.store.get("hover"))&&(this.pointer=null,this.stage.classList.remove("lx-on-checkpoint"),this.app.hover(null),this.app.frames.request("heads"))}};var Sr={LEFT:0,MIDDLE:1,RIGHT:2,ROTATE:0,DOLLY:1,PAN:2},wr={ROTATE:0,PAN:1,DOLLY_PAN:2,DOLLY_ROTATE:3},cx=0,Ud=1,hx=2;var El=1,ux=2,ra=3,Ar=0,ti=1,Ui=2,$r=0,oa=1,Fd=2,Od=3,Bd=4,fx=5;var Yr=100,dx=101,px=102,mx=103,gx=104,xx=200,_x=201,yx=202,bx=203,kd=204,zd=205,vx=206,Mx=207,Sx=208,wx=209,Ax=210,Ex=211,Tx=212,Rx=213,Cx=214,rh=0,oh=1,ah=2,$o=3,lh=4,ch=5,hh=6,uh=7,Bh=0,Px=1,Ix=2,bs=0,Vd=1,Gd=2,Hd=3,Wd=4,Xd=5,qd=6,$d=7;var Yd=300,Zr=301,aa=302,kh=303,zh=304,fh=1e3,ys=1001,dh=1002,Cn=1003,Lx=1004;var Tl=1005;var jn=1006,Vh=1007;var Js=1008;var ai=1009,Zd=1010,Jd=1011,la=1012,Gh=1013,ji=1014,Fi=1015,Qi=1016,Hh=1017,Wh=1018,Jr=1020,Kd=35902,jd=35899,Qd=1021,tp=1022,ts=1023,qs=1026,Ks=1027,Xh=1028,qh=1029,Er=1030,$h=1031;var Yh=1033,Rl=33776,Cl=33777,Pl=33778,Il=33779,Zh=35840,Jh=35841,Kh=35842,jh=35843,Qh=36196,tu=37492,eu=37496,nu=37488,iu=37489,Ll=37490,su=37491,ru=37808,ou=37809,au=37810,lu=37811,cu=37812,hu=37813,uu=37814,fu=37815,du=37816,pu=37817,mu=37818,gu=37819,xu=37820,_u=37821,yu=36492,bu=36494,vu=36495,Mu=36283,Su=36284,Nl=36285,wu=36286;var ja=2300,ph=2301,ih=2302,Td=2303,Rd=2400,Cd=2401,Pd=2402;var Nx=3200;var Au=0,Dx=1,js="",Zn="srgb",Qa="srgb-linear",tl="linear",Re="srgb";var sh=7680;var Ux=519,Fx=512,Ox=513,Bx=514,ep=515,kx=516,zx=517,np=518,ip=519,sp=35044;var rp="300 es",Li=2e3,Yo=2001;function J1(n){for(let t=n.length-1;t>=0;--t)if(n[t]>=65535)return!0;return!1}function K1(n){return ArrayBuffer.isView(n)&&!(n instanceof DataView)}function el(n){return document.createElementNS("http://www.w3.org/1999/xhtml",n)}function Vx(){let n=el("canvas");return n.style.display="block",n}var R0={},Zo=null;function nl(...n){let t="THREE."+n.shift();Zo?Zo("log",t,...n):console.log(t,...n)}function Gx(n){let t=n[0];if(typeof t=="string"&&t.startsWith("TSL:")){let e=n[1];e&&e.isStackTrace?n[0]+=" "+e.getLocation():n[1]='Stack trace not available. Enable "THREE.Node.captureStackTrace" to capture stack traces.'}return n}function qt(...n){n=Gx(n);let t="THREE."+n.shift();if(Zo)Zo("warn",t,...n);else{let e=n[0];e&&e.isStackTrace?console.warn(e.getError(t)):console.warn(t,...n)}}function jt(...n){n=Gx(n);let t="THREE."+n.shift();if(Zo)Zo("error",t,...n);else{let e=n[0];e&&e.isStackTrace?console.error(e.getError(t)):console.error(t,...n)}}function Za(...n){let t=n.join(" ");t in R0||(R0[t]=!0,qt(...n))}function Hx(n,t,e){return new Promise(function(i,s){function r(){switch(n.clientWaitSync(t,n.SYNC_FLUSH_COMMANDS_BIT,0)){case n.WAIT_FAILED:s();break;case n.TIMEOUT_EXPIRED:setTimeout(r,e);break;default:i()}}setTimeout(r,e)})}var Wx={[rh]:rh,[ah]:hh,[lh]:lh,[$o]:ch,[oh]:oh,[hh]:ah,[uh]:uh,[ch]:$o},Ji=class{addEventListener(t,e){this._listeners===void 0&&(this._listeners={});let i=this._listeners;i[t]===void 0&&(i[t]=[]),i[t].indexOf(e)===-1&&i[t].push(e)}hasEventListener(t,e){let i=this._listeners;return i===void 0?!1:i[t]!==void 0&&i[t].indexOf(e)!==-1}removeEventListener(t,e){let i=this._listeners;if(i===void 0)return;let s=i[t];if(s!==void 0){let r=s.indexOf(e);r!==-1&&s.splice(r,1)}}dispatchEvent(t){let e=this._listeners;if(e===void 0)return;let i=e[t.type];if(i!==void 0){t.target=this;let s=i.slice(0);for(let r=0,o=s.length;r<o;r++)s[r].call(this,t);t.target=null}}},On=["00","01","02","03","04","05","06","07","08","09","0a","0b","0c","0d","0e","0f","10","11","12","13","14","15","16","17","18","19","1a","1b","1c","1d","1e","1f","20","21","22","23","24","25","26","27","28","29","2a","2b","2c","2d","2e","2f","30","31","32","33","34","35","36","37","38","39","3a","3b","3c","3d","3e","3f","40","41","42","43","44","45","46","47","48","49","4a","4b","4c","4d","4e","4f","50","51","52","53","54","55","56","57","58","59","5a","5b","5c","5d","5e","5f","60","61","62","63","64","65","66","67","68","69","6a","6b","6c","6d","6e","6f","70","71","72","73","74","75","76","77","78","79","7a","7b","7c","7d","7e","7f","80","81","82","83","84","85","86","87","88","89","8a","8b","8c","8d","8e","8f","90","91","92","93","94","95","96","97","98","99","9a","9b","9c","9d","9e","9f","a0","a1","a2","a3","a4","a5","a6","a7","a8","a9","aa","ab","ac","ad","ae","af","b0","b1","b2","b3","b4","b5","b6","b7","b8","b9","ba","bb","bc","bd","be","bf","c0","c1","c2","c3","c4","c5","c6","c7","c8","c9","ca","cb","cc","cd","ce","cf","d0","d1","d2","d3","d4","d5","d6","d7","d8","d9","da","db","dc","dd","de","df","e0","e1","e2","e3","e4","e5","e6","e7","e8","e9","ea","eb","ec","ed","ee","ef","f0","f1","f2","f3","f4","f5","f6","f7","f8","f9","fa","fb","fc","fd","fe","ff"],C0=1234567,Ja=Math.PI/180,Jo=180/Math.PI;function Tr(){let n=Math.random()*4294967295|0,t=Math.random()*4294967295|0,e=Math.random()*4294967295|0,i=Math.random()*4294967295|0;return(On[n&255]+On[n>>8&255]+On[n>>16&255]+On[n>>24&255]+"-"+On[t&255]+On[t>>8&255]+"-"+On[t>>16&15|64]+On[t>>24&255]+"-"+On[e&63|128]+On[e>>8&255]+"-"+On[e>>16&255]+On[e>>24&255]+On[i&255]+On[i>>8&255]+On[i>>16&255]+On[i>>24&255]).toLowerCase()}function oe(n,t,e){return Math.max(t,Math.min(e,n))}function op(n,t){return(n%t+t)%t}function j1(n,t,e,i,s){return i+(n-t)*(s-i)/(e-t)}function Q1(n,t,e){return n!==t?(e-n)/(t-n):0}function Ka(n,t,e){return(1-e)*n+e*t}function tM(n,t,e,i){return Ka(n,t,1-Math.exp(-e*i))}function eM(n,t=1){return t-Math.abs(op(n,t*2)-t)}function nM(n,t,e){return n<=t?0:n>=e?1:(n=(n-t)/(e-t),n*n*(3-2*n))}function iM(n,t,e){return n<=t?0:n>=e?1:(n=(n-t)/(e-t),n*n*n*(n*(n*6-15)+10))}function sM(n,t){return n+Math.floor(Math.random()*(t-n+1))}function rM(n,t){return n+Math.random()*(t-n)}function oM(n){return n*(.5-Math.random())}function aM(n){n!==void 0&&(C0=n);let t=C0+=1831565813;return t=Math.imul(t^t>>>15,t|1),t^=t+Math.imul(t^t>>>7,t|61),((t^t>>>14)>>>0)/4294967296}function lM(n){return n*Ja}function cM(n){return n*Jo}function hM(n){return n>0&&Number.isInteger(n)&&2**Math.round(Math.log2(n))===n}function uM(n){return Math.pow(2,Math.ceil(Math.log(n)/Math.LN2))}function ap(n){return Math.pow(2,Math.floor(Math.log(n)/Math.LN2))}function fM(n,t,e,i,s){let r=Math.cos,o=Math.sin,a=r(e/2),c=o(e/2),l=r((t+i)/2),h=o((t+i)/2),u=r((t-i)/2),f=o((t-i)/2),d=r((i-t)/2),p=o((i-t)/2);switch(s){case"XYX":n.set(a*h,c*u,c*f,a*l);break;case"YZY":n.set(c*f,a*h,c*u,a*l);break;case"ZXZ":n.set(c*u,c*f,a*h,a*l);break;case"XZX":n.set(a*h,c*p,c*d,a*l);break;case"YXY":n.set(c*d,a*h,c*p,a*l);break;case"ZYZ":n.set(c*p,c*d,a*h,a*l);break;default:qt("MathUtils: .setQuaternionFromProperEuler() encountered an unknown order: "+s)}}function Eu(n){switch(n.constructor){case Uint32Array:return 4294967295;case Uint16Array:return 65535;case Uint8Array:case Uint8ClampedArray:return 255;case Int32Array:return 2147483647;case Int16Array:return 32767;case Int8Array:return 127;default:return}}function lp(n,t){if(t.constructor===Float32Array)return n;let e=Eu(t);if(e===void 0)throw new Error("THREE.MathUtils: Invalid component type.");return Math.max(n/e,-1)}function cp(n,t){if(t.constructor===Float32Array)return n;let e=Eu(t);if(e===void 0)throw new Error("THREE.MathUtils: Invalid component type.");return Math.round(n*e)}var Dl={DEG2RAD:Ja,RAD2DEG:Jo,generateUUID:Tr,clamp:oe,euclideanModulo:op,mapLinear:j1,inverseLerp:Q1,lerp:Ka,damp:tM,pingpong:eM,smoothstep:nM,smootherstep:iM,randInt:sM,randFloat:rM,randFloatSpread:oM,seededRandom:aM,degToRad:lM,radToDeg:cM,isPowerOfTwo:hM,ceilPowerOfTwo:uM,floorPowerOfTwo:ap,setQuaternionFromProperEuler:fM,normalize:cp,denormalize:lp},Yt=class{static{this.prototype.isVector2=!0}constructor(t=0,e=0){this.x=t,this.y=e}get width(){return this.x}set width(t){this.x=t}get height(){return this.y}set height(t){this.y=t}set(t,e){return this.x=t,this.y=e,this}setScalar(t){return this.x=t,this.y=t,this}setX(t){return this.x=t,this}setY(t){return this.y=t,this}setComponent(t,e){switch(t){case 0:this.x=e;break;case 1:this.y=e;break;default:throw new Error("THREE.Vector2: index is out of range: "+t)}return this}getComponent(t){switch(t){case 0:return this.x;case 1:return this.y;default:throw new Error("THREE.Vector2: index is out of range: "+t)}}clone(){return new this.constructor(this.x,this.y)}copy(t){return this.x=t.x,this.y=t.y,this}add(t){return this.x+=t.x,this.y+=t.y,this}addScalar(t){return this.x+=t,this.y+=t,this}addVectors(t,e){return this.x=t.x+e.x,this.y=t.y+e.y,this}addScaledVector(t,e){return this.x+=t.x*e,this.y+=t.y*e,this}sub(t){return this.x-=t.x,this.y-=t.y,this}subScalar(t){return this.x-=t,this.y-=t,this}subVectors(t,e){return this.x=t.x-e.x,this.y=t.y-e.y,this}multiply(t){return this.x*=t.x,this.y*=t.y,this}multiplyScalar(t){return this.x*=t,this.y*=t,this}divide(t){return this.x/=t.x,this.y/=t.y,this}divideScalar(t){return this.multiplyScalar(1/t)}applyMatrix3(t){let e=this.x,i=this.y,s=t.elements;return this.x=s[0]*e+s[3]*i+s[6],this.y=s[1]*e+s[4]*i+s[7],this}min(t){return this.x=Math.min(this.x,t.x),this.y=Math.min(this.y,t.y),this}max(t){return this.x=Math.max(this.x,t.x),this.y=Math.max(this.y,t.y),this}clamp(t,e){return this.x=oe(this.x,t.x,e.x),this.y=oe(this.y,t.y,e.y),this}clampScalar(t,e){return this.x=oe(this.x,t,e),this.y=oe(this.y,t,e),this}clampLength(t,e){let i=this.length();return this.divideScalar(i||1).multiplyScalar(oe(i,t,e))}floor(){return this.x=Math.floor(this.x),this.y=Math.floor(this.y),this}ceil(){return this.x=Math.ceil(this.x),this.y=Math.ceil(this.y),this}round(){return this.x=Math.round(this.x),this.y=Math.round(this.y),this}roundToZero(){return this.x=Math.trunc(this.x),this.y=Math.trunc(this.y),this}negate(){return this.x=-this.x,this.y=-this.y,this}dot(t){return this.x*t.x+this.y*t.y}cross(t){return this.x*t.y-this.y*t.x}lengthSq(){return this.x*this.x+this.y*this.y}length(){return Math.sqrt(this.x*this.x+this.y*this.y)}manhattanLength(){return Math.abs(this.x)+Math.abs(this.y)}normalize(){return this.divideScalar(this.length()||1)}angle(){return Math.atan2(-this.y,-this.x)+Math.PI}angleTo(t){let e=Math.sqrt(this.lengthSq()*t.lengthSq());if(e===0)return Math.PI/2;let i=this.dot(t)/e;return Math.acos(oe(i,-1,1))}distanceTo(t){return Math.sqrt(this.distanceToSquared(t))}distanceToSquared(t){let e=this.x-t.x,i=this.y-t.y;return e*e+i*i}manhattanDistanceTo(t){return Math.abs(this.x-t.x)+Math.abs(this.y-t.y)}setLength(t){return this.normalize().multiplyScalar(t)}lerp(t,e){return this.x+=(t.x-this.x)*e,this.y+=(t.y-this.y)*e,this}lerpVectors(t,e,i){return this.x=t.x+(e.x-t.x)*i,this.y=t.y+(e.y-t.y)*i,this}equals(t){return t.x===this.x&&t.y===this.y}fromArray(t,e=0){return this.x=t[e],this.y=t[e+1],this}toArray(t=[],e=0){return t[e]=this.x,t[e+1]=this.y,t}fromBufferAttribute(t,e){return this.x=t.getX(e),this.y=t.getY(e),this}rotateAround(t,e){let i=Math.cos(e),s=Math.sin(e),r=this.x-t.x,o=this.y-t.y;return this.x=r*i-o*s+t.x,this.y=r*s+o*i+t.y,this}random(){return this.x=Math.random(),this.y=Math.random(),this}*[Symbol.iterator](){yield this.x,yield this.y}},yi=class{constructor(t=0,e=0,i=0,s=1){this.isQuaternion=!0,this._x=t,this._y=e,this._z=i,this._w=s}static slerpFlat(t,e,i,s,r,o,a){let c=i[s+0],l=i[s+1],h=i[s+2],u=i[s+3],f=r[o+0],d=r[o+1],p=r[o+2],x=r[o+3];if(u!==x||c!==f||l!==d||h!==p){let m=c*f+l*d+h*p+u*x;m<0&&(f=-f,d=-d,p=-p,x=-x,m=-m);let g=1-a;if(m<.9995){let b=Math.acos(m),T=Math.sin(b);g=Math.sin(g*b)/T,a=Math.sin(a*b)/T,c=c*g+f*a,l=l*g+d*a,h=h*g+p*a,u=u*g+x*a}else{c=c*g+f*a,l=l*g+d*a,h=h*g+p*a,u=u*g+x*a;let b=1/Math.sqrt(c*c+l*l+h*h+u*u);c*=b,l*=b,h*=b,u*=b}}t[e]=c,t[e+1]=l,t[e+2]=h,t[e+3]=u}static multiplyQuaternionsFlat(t,e,i,s,r,o){let a=i[s],c=i[s+1],l=i[s+2],h=i[s+3],u=r[o],f=r[o+1],d=r[o+2],p=r[o+3];return t[e]=a*p+h*u+c*d-l*f,t[e+1]=c*p+h*f+l*u-a*d,t[e+2]=l*p+h*d+a*f-c*u,t[e+3]=h*p-a*u-c*f-l*d,t}get x(){return this._x}set x(t){this._x=t,this._onChangeCallback()}get y(){return this._y}set y(t){this._y=t,this._onChangeCallback()}get z(){return this._z}set z(t){this._z=t,this._onChangeCallback()}get w(){return this._w}set w(t){this._w=t,this._onChangeCallback()}set(t,e,i,s){return this._x=t,this._y=e,this._z=i,this._w=s,this._onChangeCallback(),this}clone(){return new this.constructor(this._x,this._y,this._z,this._w)}copy(t){return this._x=t.x,this._y=t.y,this._z=t.z,this._w=t.w,this._onChangeCallback(),this}setFromEuler(t,e=!0){let i=t._x,s=t._y,r=t._z,o=t._order,a=Math.cos,c=Math.sin,l=a(i/2),h=a(s/2),u=a(r/2),f=c(i/2),d=c(s/2),p=c(r/2);switch(o){case"XYZ":this._x=f*h*u+l*d*p,this._y=l*d*u-f*h*p,this._z=l*h*p+f*d*u,this._w=l*h*u-f*d*p;break;case"YXZ":this._x=f*h*u+l*d*p,this._y=l*d*u-f*h*p,this._z=l*h*p-f*d*u,this._w=l*h*u+f*d*p;break;case"ZXY":this._x=f*h*u-l*d*p,this._y=l*d*u+f*h*p,this._z=l*h*p+f*d*u,this._w=l*h*u-f*d*p;break;case"ZYX":this._x=f*h*u-l*d*p,this._y=l*d*u+f*h*p,this._z=l*h*p-f*d*u,this._w=l*h*u+f*d*p;break;case"YZX":this._x=f*h*u+l*d*p,this._y=l*d*u+f*h*p,this._z=l*h*p-f*d*u,this._w=l*h*u-f*d*p;break;case"XZY":this._x=f*h*u-l*d*p,this._y=l*d*u-f*h*p,this._z=l*h*p+f*d*u,this._w=l*h*u+f*d*p;break;default:qt("Quaternion: .setFromEuler() encountered an unknown order: "+o)}return e===!0&&this._onChangeCallback(),this}setFromAxisAngle(t,e){let i=e/2,s=Math.sin(i);return this._x=t.x*s,this._y=t.y*s,this._z=t.z*s,this._w=Math.cos(i),this._onChangeCallback(),this}setFromRotationMatrix(t){let e=t.elements,i=e[0],s=e[4],r=e[8],o=e[1],a=e[5],c=e[9],l=e[2],h=e[6],u=e[10],f=i+a+u;if(f>0){let d=.5/Math.sqrt(f+1);this._w=.25/d,this._x=(h-c)*d,this._y=(r-l)*d,this._z=(o-s)*d}else if(i>a&&i>u){let d=2*Math.sqrt(1+i-a-u);this._w=(h-c)/d,this._x=.25*d,this._y=(s+o)/d,this._z=(r+l)/d}else if(a>u){let d=2*Math.sqrt(1+a-i-u);this._w=(r-l)/d,this._x=(s+o)/d,this._y=.25*d,this._z=(c+h)/d}else{let d=2*Math.sqrt(1+u-i-a);this._w=(o-s)/d,this._x=(r+l)/d,this._y=(c+h)/d,this._z=.25*d}return this._onChangeCallback(),this}setFromUnitVectors(t,e){let i=t.dot(e)+1;return i<1e-8?(i=0,Math.abs(t.x)>Math.abs(t.z)?(this._x=-t.y,this._y=t.x,this._z=0,this._w=i):(this._x=0,this._y=-t.z,this._z=t.y,this._w=i)):(this._x=t.y*e.z-t.z*e.y,this._y=t.z*e.x-t.x*e.z,this._z=t.x*e.y-t.y*e.x,this._w=i),this.normalize()}angleTo(t){return 2*Math.acos(Math.abs(oe(this.dot(t),-1,1)))}rotateTowards(t,e){let i=this.angleTo(t);if(i===0)return this;let s=Math.min(1,e/i);return this.slerp(t,s),this}identity(){return this.set(0,0,0,1)}invert(){return this.conjugate()}conjugate(){return this._x*=-1,this._y*=-1,this._z*=-1,this._onChangeCallback(),this}dot(t){return this._x*t._x+this._y*t._y+this._z*t._z+this._w*t._w}lengthSq(){return this._x*this._x+this._y*this._y+this._z*this._z+this._w*this._w}length(){return Math.sqrt(this._x*this._x+this._y*this._y+this._z*this._z+this._w*this._w)}normalize(){let t=this.length();return t===0?(this._x=0,this._y=0,this._z=0,this._w=1):(t=1/t,this._x=this._x*t,this._y=this._y*t,this._z=this._z*t,this._w=this._w*t),this._onChangeCallback(),this}multiply(t){return this.multiplyQuaternions(this,t)}premultiply(t){return this.multiplyQuaternions(t,this)}multiplyQuaternions(t,e){let i=t._x,s=t._y,r=t._z,o=t._w,a=e._x,c=e._y,l=e._z,h=e._w;return this._x=i*h+o*a+s*l-r*c,this._y=s*h+o*c+r*a-i*l,this._z=r*h+o*l+i*c-s*a,this._w=o*h-i*a-s*c-r*l,this._onChangeCallback(),this}slerp(t,e){let i=t._x,s=t._y,r=t._z,o=t._w,a=this.dot(t);a<0&&(i=-i,s=-s,r=-r,o=-o,a=-a);let c=1-e;if(a<.9995){let l=Math.acos(a),h=Math.sin(l);c=Math.sin(c*l)/h,e=Math.sin(e*l)/h,this._x=this._x*c+i*e,this._y=this._y*c+s*e,this._z=this._z*c+r*e,this._w=this._w*c+o*e,this._onChangeCallback()}else this._x=this._x*c+i*e,this._y=this._y*c+s*e,this._z=this._z*c+r*e,this._w=this._w*c+o*e,this.normalize();return this}slerpQuaternions(t,e,i){return this.copy(t).slerp(e,i)}random(){let t=2*Math.PI*Math.random(),e=2*Math.PI*Math.random(),i=Math.random(),s=Math.sqrt(1-i),r=Math.sqrt(i);return this.set(s*Math.sin(t),s*Math.cos(t),r*Math.sin(e),r*Math.cos(e))}equals(t){return t._x===this._x&&t._y===this._y&&t._z===this._z&&t._w===this._w}fromArray(t,e=0){return this._x=t[e],this._y=t[e+1],this._z=t[e+2],this._w=t[e+3],this._onChangeCallback(),this}toArray(t=[],e=0){return t[e]=this._x,t[e+1]=this._y,t[e+2]=this._z,t[e+3]=this._w,t}fromBufferAttribute(t,e){return this._x=t.getX(e),this._y=t.getY(e),this._z=t.getZ(e),this._w=t.getW(e),this._onChangeCallback(),this}toJSON(){return this.toArray()}_onChange(t){return this._onChangeCallback=t,this}_onChangeCallback(){}*[Symbol.iterator](){yield this._x,yield this._y,yield this._z,yield this._w}},W=class{static{this.prototype.isVector3=!0}constructor(t=0,e=0,i=0){this.x=t,this.y=e,this.z=i}set(t,e,i){return i===void 0&&(i=this.z),this.x=t,this.y=e,this.z=i,this}setScalar(t){return this.x=t,this.y=t,this.z=t,this}setX(t){return this.x=t,this}setY(t){return this.y=t,this}setZ(t){return this.z=t,this}setComponent(t,e){switch(t){case 0:this.x=e;break;case 1:this.y=e;break;case 2:this.z=e;break;default:throw new Error("THREE.Vector3: index is out of range: "+t)}return this}getComponent(t){switch(t){case 0:return this.x;case 1:return this.y;case 2:return this.z;default:throw new Error("THREE.Vector3: index is out of range: "+t)}}clone(){return new this.constructor(this.x,this.y,this.z)}copy(t){return this.x=t.x,this.y=t.y,this.z=t.z,this}add(t){return this.x+=t.x,this.y+=t.y,this.z+=t.z,this}addScalar(t){return this.x+=t,this.y+=t,this.z+=t,this}addVectors(t,e){return this.x=t.x+e.x,this.y=t.y+e.y,this.z=t.z+e.z,this}addScaledVector(t,e){return this.x+=t.x*e,this.y+=t.y*e,this.z+=t.z*e,this}sub(t){return this.x-=t.x,this.y-=t.y,this.z-=t.z,this}subScalar(t){return this.x-=t,this.y-=t,this.z-=t,this}subVectors(t,e){return this.x=t.x-e.x,this.y=t.y-e.y,this.z=t.z-e.z,this}multiply(t){return this.x*=t.x,this.y*=t.y,this.z*=t.z,this}multiplyScalar(t){return this.x*=t,this.y*=t,this.z*=t,this}multiplyVectors(t,e){return this.x=t.x*e.x,this.y=t.y*e.y,this.z=t.z*e.z,this}applyEuler(t){return this.applyQuaternion(P0.setFromEuler(t))}applyAxisAngle(t,e){return this.applyQuaternion(P0.setFromAxisAngle(t,e))}applyMatrix3(t){let e=this.x,i=this.y,s=this.z,r=t.elements;return this.x=r[0]*e+r[3]*i+r[6]*s,this.y=r[1]*e+r[4]*i+r[7]*s,this.z=r[2]*e+r[5]*i+r[8]*s,this}applyNormalMatrix(t){return this.applyMatrix3(t).normalize()}applyMatrix4(t){let e=this.x,i=this.y,s=this.z,r=t.elements,o=1/(r[3]*e+r[7]*i+r[11]*s+r[15]);return this.x=(r[0]*e+r[4]*i+r[8]*s+r[12])*o,this.y=(r[1]*e+r[5]*i+r[9]*s+r[13])*o,this.z=(r[2]*e+r[6]*i+r[10]*s+r[14])*o,this}applyQuaternion(t){let e=this.x,i=this.y,s=this.z,r=t.x,o=t.y,a=t.z,c=t.w,l=2*(o*s-a*i),h=2*(a*e-r*s),u=2*(r*i-o*e);return this.x=e+c*l+o*u-a*h,this.y=i+c*h+a*l-r*u,this.z=s+c*u+r*h-o*l,this}project(t){return this.applyMatrix4(t.matrixWorldInverse).applyMatrix4(t.projectionMatrix)}unproject(t){return this.applyMatrix4(t.projectionMatrixInverse).applyMatrix4(t.matrixWorld)}transformDirection(t){let e=this.x,i=this.y,s=this.z,r=t.elements;return this.x=r[0]*e+r[4]*i+r[8]*s,this.y=r[1]*e+r[5]*i+r[9]*s,this.z=r[2]*e+r[6]*i+r[10]*s,this.normalize()}divide(t){return this.x/=t.x,this.y/=t.y,this.z/=t.z,this}divideScalar(t){return this.multiplyScalar(1/t)}min(t){return this.x=Math.min(this.x,t.x),this.y=Math.min(this.y,t.y),this.z=Math.min(this.z,t.z),this}max(t){return this.x=Math.max(this.x,t.x),this.y=Math.max(this.y,t.y),this.z=Math.max(this.z,t.z),this}clamp(t,e){return this.x=oe(this.x,t.x,e.x),this.y=oe(this.y,t.y,e.y),this.z=oe(this.z,t.z,e.z),this}clampScalar(t,e){return this.x=oe(this.x,t,e),this.y=oe(this.y,t,e),this.z=oe(this.z,t,e),this}clampLength(t,e){let i=this.length();return this.divideScalar(i||1).multiplyScalar(oe(i,t,e))}floor(){return this.x=Math.floor(this.x),this.y=Math.floor(this.y),this.z=Math.floor(this.z),this}ceil(){return this.x=Math.ceil(this.x),this.y=Math.ceil(this.y),this.z=Math.ceil(this.z),this}round(){return this.x=Math.round(this.x),this.y=Math.round(this.y),this.z=Math.round(this.z),this}roundToZero(){return this.x=Math.trunc(this.x),this.y=Math.trunc(this.y),this.z=Math.trunc(this.z),this}negate(){return this.x=-this.x,this.y=-this.y,this.z=-this.z,this}dot(t){return this.x*t.x+this.y*t.y+this.z*t.z}lengthSq(){return this.x*this.x+this.y*this.y+this.z*this.z}length(){return Math.sqrt(this.x*this.x+this.y*this.y+this.z*this.z)}manhattanLength(){return Math.abs(this.x)+Math.abs(this.y)+Math.abs(this.z)}normalize(){return this.divideScalar(this.length()||1)}setLength(t){return this.normalize().multiplyScalar(t)}lerp(t,e){return this.x+=(t.x-this.x)*e,this.y+=(t.y-this.y)*e,this.z+=(t.z-this.z)*e,this}lerpVectors(t,e,i){return this.x=t.x+(e.x-t.x)*i,this.y=t.y+(e.y-t.y)*i,this.z=t.z+(e.z-t.z)*i,this}cross(t){return this.crossVectors(this,t)}crossVectors(t,e){let i=t.x,s=t.y,r=t.z,o=e.x,a=e.y,c=e.z;return this.x=s*c-r*a,this.y=r*o-i*c,this.z=i*a-s*o,this}projectOnVector(t){let e=t.lengthSq();if(e===0)return this.set(0,0,0);let i=t.dot(this)/e;return this.copy(t).multiplyScalar(i)}projectOnPlane(t){return rd.copy(this).projectOnVector(t),this.sub(rd)}reflect(t){return this.sub(rd.copy(t).multiplyScalar(2*this.dot(t)))}angleTo(t){let e=Math.sqrt(this.lengthSq()*t.lengthSq());if(e===0)return Math.PI/2;let i=this.dot(t)/e;return Math.acos(oe(i,-1,1))}distanceTo(t){return Math.sqrt(this.distanceToSquared(t))}distanceToSquared(t){let e=this.x-t.x,i=this.y-t.y,s=this.z-t.z;return e*e+i*i+s*s}manhattanDistanceTo(t){return Math.abs(this.x-t.x)+Math.abs(this.y-t.y)+Math.abs(this.z-t.z)}setFromSpherical(t){return this.setFromSphericalCoords(t.radius,t.phi,t.theta)}setFromSphericalCoords(t,e,i){let s=Math.sin(e)*t;return this.x=s*Math.sin(i),this.y=Math.cos(e)*t,this.z=s*Math.cos(i),this}setFromCylindrical(t){return this.setFromCylindricalCoords(t.radius,t.theta,t.y)}setFromCylindricalCoords(t,e,i){return this.x=t*Math.sin(e),this.y=i,this.z=t*Math.cos(e),this}setFromMatrixPosition(t){let e=t.elements;return this.x=e[12],this.y=e[13],this.z=e[14],this}setFromMatrixScale(t){let e=this.setFromMatrixColumn(t,0).length(),i=this.setFromMatrixColumn(t,1).length(),s=this.setFromMatrixColumn(t,2).length();return this.x=e,this.y=i,this.z=s,this}setFromMatrixColumn(t,e){return this.fromArray(t.elements,e*4)}setFromMatrix3Column(t,e){return this.fromArray(t.elements,e*3)}setFromEuler(t){return this.x=t._x,this.y=t._y,this.z=t._z,this}setFromColor(t){return this.x=t.r,this.y=t.g,this.z=t.b,this}equals(t){return t.x===this.x&&t.y===this.y&&t.z===this.z}fromArray(t,e=0){return this.x=t[e],this.y=t[e+1],this.z=t[e+2],this}toArray(t=[],e=0){return t[e]=this.x,t[e+1]=this.y,t[e+2]=this.z,t}fromBufferAttribute(t,e){return this.x=t.getX(e),this.y=t.getY(e),this.z=t.getZ(e),this}random(){return this.x=Math.random(),this.y=Math.random(),this.z=Math.random(),this}randomDirection(){let t=Math.random()*Math.PI*2,e=Math.random()*2-1,i=Math.sqrt(1-e*e);return this.x=i*Math.cos(t),this.y=e,this.z=i*Math.sin(t),this}*[Symbol.iterator](){yield this.x,yield this.y,yield this.z}},rd=new W,P0=new yi,ee=class{static{this.prototype.isMatrix3=!0}constructor(t,e,i,s,r,o,a,c,l){this.elements=[1,0,0,0,1,0,0,0,1],t!==void 0&&this.set(t,e,i,s,r,o,a,c,l)}set(t,e,i,s,r,o,a,c,l){let h=this.elements;return h[0]=t,h[1]=s,h[2]=a,h[3]=e,h[4]=r,h[5]=c,h[6]=i,h[7]=o,h[8]=l,this}identity(){return this.set(1,0,0,0,1,0,0,0,1),this}copy(t){let e=this.elements,i=t.elements;return e[0]=i[0],e[1]=i[1],e[2]=i[2],e[3]=i[3],e[4]=i[4],e[5]=i[5],e[6]=i[6],e[7]=i[7],e[8]=i[8],this}extractBasis(t,e,i){return t.setFromMatrix3Column(this,0),e.setFromMatrix3Column(this,1),i.setFromMatrix3Column(this,2),this}setFromMatrix4(t){let e=t.elements;return this.set(e[0],e[4],e[8],e[1],e[5],e[9],e[2],e[6],e[10]),this}multiply(t){return this.multiplyMatrices(this,t)}premultiply(t){return this.multiplyMatrices(t,this)}multiplyMatrices(t,e){let i=t.elements,s=e.elements,r=this.elements,o=i[0],a=i[3],c=i[6],l=i[1],h=i[4],u=i[7],f=i[2],d=i[5],p=i[8],x=s[0],m=s[3],g=s[6],b=s[1],T=s[4],v=s[7],R=s[2],E=s[5],_=s[8];return r[0]=o*x+a*b+c*R,r[3]=o*m+a*T+c*E,r[6]=o*g+a*v+c*_,r[1]=l*x+h*b+u*R,r[4]=l*m+h*T+u*E,r[7]=l*g+h*v+u*_,r[2]=f*x+d*b+p*R,r[5]=f*m+d*T+p*E,r[8]=f*g+d*v+p*_,this}multiplyScalar(t){let e=this.elements;return e[0]*=t,e[3]*=t,e[6]*=t,e[1]*=t,e[4]*=t,e[7]*=t,e[2]*=t,e[5]*=t,e[8]*=t,this}determinant(){let t=this.elements,e=t[0],i=t[1],s=t[2],r=t[3],o=t[4],a=t[5],c=t[6],l=t[7],h=t[8];return e*o*h-e*a*l-i*r*h+i*a*c+s*r*l-s*o*c}invert(){let t=this.elements,e=t[0],i=t[1],s=t[2],r=t[3],o=t[4],a=t[5],c=t[6],l=t[7],h=t[8],u=h*o-a*l,f=a*c-h*r,d=l*r-o*c,p=e*u+i*f+s*d;if(p===0)return this.set(0,0,0,0,0,0,0,0,0);let x=1/p;return t[0]=u*x,t[1]=(s*l-h*i)*x,t[2]=(a*i-s*o)*x,t[3]=f*x,t[4]=(h*e-s*c)*x,t[5]=(s*r-a*e)*x,t[6]=d*x,t[7]=(i*c-l*e)*x,t[8]=(o*e-i*r)*x,this}transpose(){let t,e=this.elements;return t=e[1],e[1]=e[3],e[3]=t,t=e[2],e[2]=e[6],e[6]=t,t=e[5],e[5]=e[7],e[7]=t,this}getNormalMatrix(t){return this.setFromMatrix4(t).invert().transpose()}transposeIntoArray(t){let e=this.elements;return t[0]=e[0],t[1]=e[3],t[2]=e[6],t[3]=e[1],t[4]=e[4],t[5]=e[7],t[6]=e[2],t[7]=e[5],t[8]=e[8],this}setUvTransform(t,e,i,s,r,o,a){let c=Math.cos(r),l=Math.sin(r);return this.set(i*c,i*l,-i*(c*o+l*a)+o+t,-s*l,s*c,-s*(-l*o+c*a)+a+e,0,0,1),this}scale(t,e){return Za("Matrix3: .scale() is deprecated. Use .makeScale() instead."),this.premultiply(od.makeScale(t,e)),this}rotate(t){return Za("Matrix3: .rotate() is deprecated. Use .makeRotation() instead."),this.premultiply(od.makeRotation(-t)),this}translate(t,e){return Za("Matrix3: .translate() is deprecated. Use .makeTranslation() instead."),this.premultiply(od.makeTranslation(t,e)),this}makeTranslation(t,e){return t.isVector2?this.set(1,0,t.x,0,1,t.y,0,0,1):this.set(1,0,t,0,1,e,0,0,1),this}makeRotation(t){let e=Math.cos(t),i=Math.sin(t);return this.set(e,-i,0,i,e,0,0,0,1),this}makeScale(t,e){return this.set(t,0,0,0,e,0,0,0,1),this}equals(t){let e=this.elements,i=t.elements;for(let s=0;s<9;s++)if(e[s]!==i[s])return!1;return!0}fromArray(t,e=0){for(let i=0;i<9;i++)this.elements[i]=t[i+e];return this}toArray(t=[],e=0){let i=this.elements;return t[e]=i[0],t[e+1]=i[1],t[e+2]=i[2],t[e+3]=i[3],t[e+4]=i[4],t[e+5]=i[5],t[e+6]=i[6],t[e+7]=i[7],t[e+8]=i[8],t}clone(){return new this.constructor().fromArray(this.elements)}},od=new ee,I0=new ee().set(.4123908,.3575843,.1804808,.212639,.7151687,.0721923,.0193308,.1191948,.9505322),L0=new ee().set(3.2409699,-1.5373832,-.4986108,-.9692436,1.8759675,.0415551,.0556301,-.203977,1.0569715);function dM(){let n={enabled:!0,workingColorSpace:Qa,spaces:{},convert:function(s,r,o){return this.enabled===!1||r===o||!r||!o||(this.spaces[r].transfer===Re&&(s.r=Xs(s.r),s.g=Xs(s.g),s.b=Xs(s.b)),this.spaces[r].primaries!==this.spaces[o].primaries&&(s.applyMatrix3(this.spaces[r].toXYZ),s.applyMatrix3(this.spaces[o].fromXYZ)),this.spaces[o].transfer===Re&&(s.r=qo(s.r),s.g=qo(s.g),s.b=qo(s.b))),s},workingToColorSpace:function(s,r){return this.convert(s,this.workingColorSpace,r)},colorSpaceToWorking:function(s,r){return this.convert(s,r,this.workingColorSpace)},getPrimaries:function(s){return this.spaces[s].primaries},getTransfer:function(s){return s===js?tl:this.spaces[s].transfer},getToneMappingMode:function(s){return this.spaces[s].outputColorSpaceConfig.toneMappingMode||"standard"},getLuminanceCoefficients:function(s,r=this.workingColorSpace){return s.fromArray(this.spaces[r].luminanceCoefficients)},define:function(s){Object.assign(this.spaces,s)},_getMatrix:function(s,r,o){return s.copy(this.spaces[o].fromXYZ).multiply(this.spaces[r].toXYZ)},_getDrawingBufferColorSpace:function(s){return this.spaces[s].outputColorSpaceConfig.drawingBufferColorSpace},_getUnpackColorSpace:function(s=this.workingColorSpace){return this.spaces[s].workingColorSpaceConfig.unpackColorSpace}},t=[.64,.33,.3,.6,.15,.06],e=[.2126,.7152,.0722],i=[.3127,.329];return n.define({[Qa]:{primaries:t,whitePoint:i,transfer:tl,toXYZ:I0,fromXYZ:L0,luminanceCoefficients:e,workingColorSpaceConfig:{unpackColorSpace:Zn},outputColorSpaceConfig:{drawingBufferColorSpace:Zn}},[Zn]:{primaries:t,whitePoint:i,transfer:Re,toXYZ:I0,fromXYZ:L0,luminanceCoefficients:e,outputColorSpaceConfig:{drawingBufferColorSpace:Zn}}}),n}var _e=dM();function Xs(n){return n<.04045?n*.0773993808:Math.pow(n*.9478672986+.0521327014,2.4)}function qo(n){return n<.0031308?n*12.92:1.055*Math.pow(n,.41666)-.055}var Po,mh=class{static getDataURL(t,e="image/png"){if(/^data:/i.test(t.src)||typeof HTMLCanvasElement>"u")return t.src;let i;if(t instanceof HTMLCanvasElement)i=t;else{Po===void 0&&(Po=el("canvas")),Po.width=t.width,Po.height=t.height;let s=Po.getContext("2d");t instanceof ImageData?s.putImageData(t,0,0):s.drawImage(t,0,0,t.width,t.height),i=Po}return i.toDataURL(e)}static sRGBToLinear(t){if(typeof HTMLImageElement<"u"&&t instanceof HTMLImageElement||typeof HTMLCanvasElement<"u"&&t instanceof HTMLCanvasElement||typeof ImageBitmap<"u"&&t instanceof ImageBitmap){let e=el("canvas");e.width=t.width,e.height=t.height;let i=e.getContext("2d");i.drawImage(t,0,0,t.width,t.height);let s=i.getImageData(0,0,t.width,t.height),r=s.data;for(let o=0;o<r.length;o++)r[o]=Xs(r[o]/255)*255;return i.putImageData(s,0,0),e}else if(t.data){let e=t.data.slice(0);for(let i=0;i<e.length;i++)e instanceof Uint8Array||e instanceof Uint8ClampedArray?e[i]=Math.floor(Xs(e[i]/255)*255):e[i]=Xs(e[i]);return{data:e,width:t.width,height:t.height}}else return qt("ImageUtils.sRGBToLinear(): Unsupported image type. No color space conversion applied."),t}},pM=0,Ko=class{constructor(t=null){this.isTextureSource=!0,Object.defineProperty(this,"id",{value:pM++}),this.uuid=Tr(),this.data=t,this.dataReady=!0,this.version=0}getSize(t){let e=this.data;return typeof HTMLVideoElement<"u"&&e instanceof HTMLVideoElement?t.set(e.videoWidth,e.videoHeight,0):typeof VideoFrame<"u"&&e instanceof VideoFrame?t.set(e.displayWidth,e.displayHeight,0):e!==null?t.set(e.width||0,e.height||0,e.depth||0):t.set(0,0,0),t}set needsUpdate(t){t===!0&&this.version++}toJSON(t){let e=t===void 0||typeof t=="string";if(!e&&t.images[this.uuid]!==void 0)return t.images[this.uuid];let i={uuid:this.uuid,url:""},s=this.data;if(s!==null){let r;if(Array.isArray(s)){r=[];for(let o=0,a=s.length;o<a;o++)s[o].isDataTexture?r.push(ad(s[o].image)):r.push(ad(s[o]))}else r=ad(s);i.url=r}return e||(t.images[this.uuid]=i),i}};function ad(n){return typeof HTMLImageElement<"u"&&n instanceof HTMLImageElement||typeof HTMLCanvasElement<"u"&&n instanceof HTMLCanvasElement||typeof ImageBitmap<"u"&&n instanceof ImageBitmap?mh.getDataURL(n):n.data?{data:Array.from(n.data),width:n.width,height:n.height,type:n.data.constructor.name}:(qt("Texture: Unable to serialize Texture."),{})}var mM=0,ld=new W,oi=class n extends Ji{constructor(t=n.DEFAULT_IMAGE,e=n.DEFAULT_MAPPING,i=ys,s=ys,r=jn,o=Js,a=ts,c=ai,l=n.DEFAULT_ANISOTROPY,h=js){super(),this.isTexture=!0,Object.defineProperty(this,"id",{value:mM++}),this.uuid=Tr(),this.name="",this.source=new Ko(t),this.mipmaps=[],this.mapping=e,this.channel=0,this.wrapS=i,this.wrapT=s,this.magFilter=r,this.minFilter=o,this.anisotropy=l,this.format=a,this.internalFormat=null,this.type=c,this.offset=new Yt(0,0),this.repeat=new Yt(1,1),this.center=new Yt(0,0),this.rotation=0,this.matrixAutoUpdate=!0,this.matrix=new ee,this.generateMipmaps=!0,this.mipmapsAutoUpdate=!0,this.premultiplyAlpha=!1,this.flipY=!0,this.unpackAlignment=4,this.colorSpace=h,this.userData={},this.updateRanges=[],this.version=0,this.onUpdate=null,this.renderTarget=null,this.isRenderTargetTexture=!1,this.isArrayTexture=!!(t&&t.depth&&t.depth>1),this.pmremVersion=0,this.isPMREMTexture=!1,this.normalized=!1}get width(){return this.source.getSize(ld).x}get height(){return this.source.getSize(ld).y}get depth(){return this.source.getSize(ld).z}get image(){return this.source.data}set image(t){this.source.data=t}updateMatrix(){this.matrix.setUvTransform(this.offset.x,this.offset.y,this.repeat.x,this.repeat.y,this.rotation,this.center.x,this.center.y)}addUpdateRange(t,e){this.updateRanges.push({start:t,count:e})}clearUpdateRanges(){this.updateRanges.length=0}clone(){return new this.constructor().copy(this)}copy(t){return this.name=t.name,this.source=t.source,this.mipmaps=t.mipmaps.slice(0),this.mapping=t.mapping,this.channel=t.channel,this.wrapS=t.wrapS,this.wrapT=t.wrapT,this.magFilter=t.magFilter,this.minFilter=t.minFilter,this.anisotropy=t.anisotropy,this.format=t.format,this.internalFormat=t.internalFormat,this.type=t.type,this.normalized=t.normalized,this.offset.copy(t.offset),this.repeat.copy(t.repeat),this.center.copy(t.center),this.rotation=t.rotation,this.matrixAutoUpdate=t.matrixAutoUpdate,this.matrix.copy(t.matrix),this.generateMipmaps=t.generateMipmaps,this.mipmapsAutoUpdate=t.mipmapsAutoUpdate,this.premultiplyAlpha=t.premultiplyAlpha,this.flipY=t.flipY,this.unpackAlignment=t.unpackAlignment,this.colorSpace=t.colorSpace,this.renderTarget=t.renderTarget,this.isRenderTargetTexture=t.isRenderTargetTexture,this.isPMREMTexture=t.isPMREMTexture,this.isArrayTexture=t.isArrayTexture,this.userData=JSON.parse(JSON.stringify(t.userData)),this.needsUpdate=!0,this}setValues(t){for(let e in t){let i=t[e];if(i===void 0){qt(`Texture.setValues(): parameter '${e}' has value of undefined.`);continue}let s=this[e];if(s===void 0){qt(`Texture.setValues(): property '${e}' does not exist.`);continue}s&&i&&s.isVector2&&i.isVector2||s&&i&&s.isVector3&&i.isVector3||s&&i&&s.isMatrix3&&i.isMatrix3?s.copy(i):this[e]=i}}toJSON(t){let e=t===void 0||typeof t=="string";if(!e&&t.textures[this.uuid]!==void 0)return t.textures[this.uuid];let i={metadata:{version:4.7,type:"Texture",generator:"Texture.toJSON"},uuid:this.uuid,name:this.name,image:this.source.toJSON(t).uuid,mapping:this.mapping,channel:this.channel,repeat:[this.repeat.x,this.repeat.y],offset:[this.offset.x,this.offset.y],center:[this.center.x,this.center.y],rotation:this.rotation,wrap:[this.wrapS,this.wrapT],format:this.format,internalFormat:this.internalFormat,type:this.type,normalized:this.normalized,colorSpace:this.colorSpace,minFilter:this.minFilter,magFilter:this.magFilter,anisotropy:this.anisotropy,flipY:this.flipY,generateMipmaps:this.generateMipmaps,mipmapsAutoUpdate:this.mipmapsAutoUpdate,premultiplyAlpha:this.premultiplyAlpha,unpackAlignment:this.unpackAlignment};return Object.keys(this.userData).length>0&&(i.userData=this.userData),e||(t.textures[this.uuid]=i),i}dispose(){this.dispatchEvent({type:"dispose"})}transformUv(t){if(this.mapping!==Yd)return t;if(t.applyMatrix3(this.matrix),t.x<0||t.x>1)switch(this.wrapS){case fh:t.x=t.x-Math.floor(t.x);break;case ys:t.x=t.x<0?0:1;break;case dh:Math.abs(Math.floor(t.x)%2)===1?t.x=Math.ceil(t.x)-t.x:t.x=t.x-Math.floor(t.x);break}if(t.y<0||t.y>1)switch(this.wrapT){case fh:t.y=t.y-Math.floor(t.y);break;case ys:t.y=t.y<0?0:1;break;case dh:Math.abs(Math.floor(t.y)%2)===1?t.y=Math.ceil(t.y)-t.y:t.y=t.y-Math.floor(t.y);break}return this.flipY&&(t.y=1-t.y),t}set needsUpdate(t){t===!0&&(this.version++,this.source.needsUpdate=!0)}set needsPMREMUpdate(t){t===!0&&this.pmremVersion++}};oi.DEFAULT_IMAGE=null;oi.DEFAULT_MAPPING=Yd;oi.DEFAULT_ANISOTROPY=1;var Ce=class{static{this.prototype.isVector4=!0}constructor(t=0,e=0,i=0,s=1){this.x=t,this.y=e,this.z=i,this.w=s}get width(){return this.z}set width(t){this.z=t}get height(){return this.w}set height(t){this.w=t}set(t,e,i,s){return this.x=t,this.y=e,this.z=i,this.w=s,this}setScalar(t){return this.x=t,this.y=t,this.z=t,this.w=t,this}setX(t){return this.x=t,this}setY(t){return this.y=t,this}setZ(t){return this.z=t,this}setW(t){return this.w=t,this}setComponent(t,e){switch(t){case 0:this.x=e;break;case 1:this.y=e;break;case 2:this.z=e;break;case 3:this.w=e;break;default:throw new Error("THREE.Vector4: index is out of range: "+t)}return this}getComponent(t){switch(t){case 0:return this.x;case 1:return this.y;case 2:return this.z;case 3:return this.w;default:throw new Error("THREE.Vector4: index is out of range: "+t)}}clone(){return new this.constructor(this.x,this.y,this.z,this.w)}copy(t){return this.x=t.x,this.y=t.y,this.z=t.z,this.w=t.w!==void 0?t.w:1,this}add(t){return this.x+=t.x,this.y+=t.y,this.z+=t.z,this.w+=t.w,this}addScalar(t){return this.x+=t,this.y+=t,this.z+=t,this.w+=t,this}addVectors(t,e){return this.x=t.x+e.x,this.y=t.y+e.y,this.z=t.z+e.z,this.w=t.w+e.w,this}addScaledVector(t,e){return this.x+=t.x*e,this.y+=t.y*e,this.z+=t.z*e,this.w+=t.w*e,this}sub(t){return this.x-=t.x,this.y-=t.y,this.z-=t.z,this.w-=t.w,this}subScalar(t){return this.x-=t,this.y-=t,this.z-=t,this.w-=t,this}subVectors(t,e){return this.x=t.x-e.x,this.y=t.y-e.y,this.z=t.z-e.z,this.w=t.w-e.w,this}multiply(t){return this.x*=t.x,this.y*=t.y,this.z*=t.z,this.w*=t.w,this}multiplyScalar(t){return this.x*=t,this.y*=t,this.z*=t,this.w*=t,this}applyMatrix4(t){let e=this.x,i=this.y,s=this.z,r=this.w,o=t.elements;return this.x=o[0]*e+o[4]*i+o[8]*s+o[12]*r,this.y=o[1]*e+o[5]*i+o[9]*s+o[13]*r,this.z=o[2]*e+o[6]*i+o[10]*s+o[14]*r,this.w=o[3]*e+o[7]*i+o[11]*s+o[15]*r,this}divide(t){return this.x/=t.x,this.y/=t.y,this.z/=t.z,this.w/=t.w,this}divideScalar(t){return this.multiplyScalar(1/t)}setAxisAngleFromQuaternion(t){this.w=2*Math.acos(t.w);let e=Math.sqrt(1-t.w*t.w);return e<1e-4?(this.x=1,this.y=0,this.z=0):(this.x=t.x/e,this.y=t.y/e,this.z=t.z/e),this}setAxisAngleFromRotationMatrix(t){let e,i,s,r,c=t.elements,l=c[0],h=c[4],u=c[8],f=c[1],d=c[5],p=c[9],x=c[2],m=c[6],g=c[10];if(Math.abs(h-f)<.01&&Math.abs(u-x)<.01&&Math.abs(p-m)<.01){if(Math.abs(h+f)<.1&&Math.abs(u+x)<.1&&Math.abs(p+m)<.1&&Math.abs(l+d+g-3)<.1)return this.set(1,0,0,0),this;e=Math.PI;let T=(l+1)/2,v=(d+1)/2,R=(g+1)/2,E=(h+f)/4,_=(u+x)/4,A=(p+m)/4;return T>v&&T>R?T<.01?(i=0,s=.707106781,r=.707106781):(i=Math.sqrt(T),s=E/i,r=_/i):v>R?v<.01?(i=.707106781,s=0,r=.707106781):(s=Math.sqrt(v),i=E/s,r=A/s):R<.01?(i=.707106781,s=.707106781,r=0):(r=Math.sqrt(R),i=_/r,s=A/r),this.set(i,s,r,e),this}let b=Math.sqrt((m-p)*(m-p)+(u-x)*(u-x)+(f-h)*(f-h));return Math.abs(b)<.001&&(b=1),this.x=(m-p)/b,this.y=(u-x)/b,this.z=(f-h)/b,this.w=Math.acos((l+d+g-1)/2),this}setFromMatrixPosition(t){let e=t.elements;return this.x=e[12],this.y=e[13],this.z=e[14],this.w=e[15],this}min(t){return this.x=Math.min(this.x,t.x),this.y=Math.min(this.y,t.y),this.z=Math.min(this.z,t.z),this.w=Math.min(this.w,t.w),this}max(t){return this.x=Math.max(this.x,t.x),this.y=Math.max(this.y,t.y),this.z=Math.max(this.z,t.z),this.w=Math.max(this.w,t.w),this}clamp(t,e){return this.x=oe(this.x,t.x,e.x),this.y=oe(this.y,t.y,e.y),this.z=oe(this.z,t.z,e.z),this.w=oe(this.w,t.w,e.w),this}clampScalar(t,e){return this.x=oe(this.x,t,e),this.y=oe(this.y,t,e),this.z=oe(this.z,t,e),this.w=oe(this.w,t,e),this}clampLength(t,e){let i=this.length();return this.divideScalar(i||1).multiplyScalar(oe(i,t,e))}floor(){return this.x=Math.floor(this.x),this.y=Math.floor(this.y),this.z=Math.floor(this.z),this.w=Math.floor(this.w),this}ceil(){return this.x=Math.ceil(this.x),this.y=Math.ceil(this.y),this.z=Math.ceil(this.z),this.w=Math.ceil(this.w),this}round(){return this.x=Math.round(this.x),this.y=Math.round(this.y),this.z=Math.round(this.z),this.w=Math.round(this.w),this}roundToZero(){return this.x=Math.trunc(this.x),this.y=Math.trunc(this.y),this.z=Math.trunc(this.z),this.w=Math.trunc(this.w),this}negate(){return this.x=-this.x,this.y=-this.y,this.z=-this.z,this.w=-this.w,this}dot(t){return this.x*t.x+this.y*t.y+this.z*t.z+this.w*t.w}lengthSq(){return this.x*this.x+this.y*this.y+this.z*this.z+this.w*this.w}length(){return Math.sqrt(this.x*this.x+this.y*this.y+this.z*this.z+this.w*this.w)}manhattanLength(){return Math.abs(this.x)+Math.abs(this.y)+Math.abs(this.z)+Math.abs(this.w)}normalize(){return this.divideScalar(this.length()||1)}setLength(t){return this.normalize().multiplyScalar(t)}lerp(t,e){return this.x+=(t.x-this.x)*e,this.y+=(t.y-this.y)*e,this.z+=(t.z-this.z)*e,this.w+=(t.w-this.w)*e,this}lerpVectors(t,e,i){return this.x=t.x+(e.x-t.x)*i,this.y=t.y+(e.y-t.y)*i,this.z=t.z+(e.z-t.z)*i,this.w=t.w+(e.w-t.w)*i,this}equals(t){return t.x===this.x&&t.y===this.y&&t.z===this.z&&t.w===this.w}fromArray(t,e=0){return this.x=t[e],this.y=t[e+1],this.z=t[e+2],this.w=t[e+3],this}toArray(t=[],e=0){return t[e]=this.x,t[e+1]=this.y,t[e+2]=this.z,t[e+3]=this.w,t}fromBufferAttribute(t,e){return this.x=t.getX(e),this.y=t.getY(e),this.z=t.getZ(e),this.w=t.getW(e),this}random(){return this.x=Math.random(),this.y=Math.random(),this.z=Math.random(),this.w=Math.random(),this}*[Symbol.iterator](){yield this.x,yield this.y,yield this.z,yield this.w}},gh=class extends Ji{constructor(t=1,e=1,i={}){super(),i=Object.assign({generateMipmaps:!1,internalFormat:null,minFilter:jn,depthBuffer:!0,stencilBuffer:!1,resolveColorBuffer:!0,resolveDepthBuffer:!0,resolveStencilBuffer:!0,storeMultisampledColorBuffer:!0,storeMultisampledDepthBuffer:!0,storeMultisampledStencilBuffer:!0,depthTexture:null,samples:0,count:1,depth:1,multiview:!1,useArrayDepthTexture:!1},i),this.isRenderTarget=!0,this.width=t,this.height=e,this.depth=i.depth,this.scissor=new Ce(0,0,t,e),this.scissorTest=!1,this.viewport=new Ce(0,0,t,e),this.textures=[];let s=i.count;for(let r=0;r<s;r++)this.textures[r]=new oi({width:t,height:e,depth:i.depth}),this.textures[r].isRenderTargetTexture=!0,this.textures[r].renderTarget=this;this._setTextureOptions(i),this.depthBuffer=i.depthBuffer,this.stencilBuffer=i.stencilBuffer,this.resolveColorBuffer=i.resolveColorBuffer,this.resolveDepthBuffer=i.resolveDepthBuffer,this.resolveStencilBuffer=i.resolveStencilBuffer,this.storeMultisampledColorBuffer=i.storeMultisampledColorBuffer,this.storeMultisampledDepthBuffer=i.storeMultisampledDepthBuffer,this.storeMultisampledStencilBuffer=i.storeMultisampledStencilBuffer,this._depthTexture=null,this.depthTexture=i.depthTexture,this.samples=i.samples,this.multiview=i.multiview,this.useArrayDepthTexture=i.useArrayDepthTexture}_setTextureOptions(t={}){let e={minFilter:jn,generateMipmaps:!1,flipY:!1,internalFormat:null};t.mapping!==void 0&&(e.mapping=t.mapping),t.wrapS!==void 0&&(e.wrapS=t.wrapS),t.wrapT!==void 0&&(e.wrapT=t.wrapT),t.wrapR!==void 0&&(e.wrapR=t.wrapR),t.magFilter!==void 0&&(e.magFilter=t.magFilter),t.minFilter!==void 0&&(e.minFilter=t.minFilter),t.format!==void 0&&(e.format=t.format),t.type!==void 0&&(e.type=t.type),t.anisotropy!==void 0&&(e.anisotropy=t.anisotropy),t.colorSpace!==void 0&&(e.colorSpace=t.colorSpace),t.flipY!==void 0&&(e.flipY=t.flipY),t.generateMipmaps!==void 0&&(e.generateMipmaps=t.generateMipmaps),t.mipmapsAutoUpdate!==void 0&&(e.mipmapsAutoUpdate=t.mipmapsAutoUpdate),t.internalFormat!==void 0&&(e.internalFormat=t.internalFormat);for(let i=0;i<this.textures.length;i++)this.textures[i].setValues(e)}get texture(){return this.textures[0]}set texture(t){this.textures[0]=t}set depthTexture(t){this._depthTexture!==null&&this._depthTexture.renderTarget===this&&(this._depthTexture.renderTarget=null),t!==null&&t.renderTarget===null&&(t.renderTarget=this),this._depthTexture=t}get depthTexture(){return this._depthTexture}setSize(t,e,i=1){if(this.width!==t||this.height!==e||this.depth!==i){this.width=t,this.height=e,this.depth=i;for(let s=0,r=this.textures.length;s<r;s++)this.textures[s].image.width=t,this.textures[s].image.height=e,this.textures[s].image.depth=i,this.textures[s].isData3DTexture!==!0&&(this.textures[s].isArrayTexture=this.textures[s].image.depth>1);this.dispose()}this.viewport.set(0,0,t,e),this.scissor.set(0,0,t,e)}clone(){return new this.constructor().copy(this)}copy(t){this.width=t.width,this.height=t.height,this.depth=t.depth,this.scissor.copy(t.scissor),this.scissorTest=t.scissorTest,this.viewport.copy(t.viewport),this.textures.length=0;for(let e=0,i=t.textures.length;e<i;e++){this.textures[e]=t.textures[e].clone(),this.textures[e].isRenderTargetTexture=!0,this.textures[e].renderTarget=this;let s=Object.assign({},t.textures[e].image);this.textures[e].source=new Ko(s)}if(this.depthBuffer=t.depthBuffer,this.stencilBuffer=t.stencilBuffer,this.resolveColorBuffer=t.resolveColorBuffer,this.resolveDepthBuffer=t.resolveDepthBuffer,this.resolveStencilBuffer=t.resolveStencilBuffer,this.storeMultisampledColorBuffer=t.storeMultisampledColorBuffer,this.storeMultisampledDepthBuffer=t.storeMultisampledDepthBuffer,this.storeMultisampledStencilBuffer=t.storeMultisampledStencilBuffer,t.depthTexture!==null)if(t.depthTexture.renderTarget===t){let e=t.depthTexture.clone();e.renderTarget=null,this.depthTexture=e}else this.depthTexture=t.depthTexture;else this.depthTexture=null;return this.samples=t.samples,this.multiview=t.multiview,this.useArrayDepthTexture=t.useArrayDepthTexture,this}dispose(){this.dispatchEvent({type:"dispose"})}},bi=class extends gh{constructor(t=1,e=1,i={}){super(t,e,i),this.isWebGLRenderTarget=!0}},il=class extends oi{constructor(t=null,e=1,i=1,s=1){super(null),this.isDataArrayTexture=!0,this.image={data:t,width:e,height:i,depth:s},this.magFilter=Cn,this.minFilter=Cn,this.wrapR=ys,this.generateMipmaps=!1,this.flipY=!1,this.unpackAlignment=1,this.layerUpdates=new Set}copy(t){return super.copy(t),this.wrapR=t.wrapR,this}addLayerUpdate(t){this.layerUpdates.add(t)}clearLayerUpdates(){this.layerUpdates.clear()}};var xh=class extends oi{constructor(t=null,e=1,i=1,s=1){super(null),this.isData3DTexture=!0,this.image={data:t,width:e,height:i,depth:s},this.magFilter=Cn,this.minFilter=Cn,this.wrapR=ys,this.generateMipmaps=!1,this.flipY=!1,this.unpackAlignment=1}copy(t){return super.copy(t),this.wrapR=t.wrapR,this}};var ve=class n{static{this.prototype.isMatrix4=!0}constructor(t,e,i,s,r,o,a,c,l,h,u,f,d,p,x,m){this.elements=[1,0,0,0,0,1,0,0,0,0,1,0,0,0,0,1],t!==void 0&&this.set(t,e,i,s,r,o,a,c,l,h,u,f,d,p,x,m)}set(t,e,i,s,r,o,a,c,l,h,u,f,d,p,x,m){let g=this.elements;return g[0]=t,g[4]=e,g[8]=i,g[12]=s,g[1]=r,g[5]=o,g[9]=a,g[13]=c,g[2]=l,g[6]=h,g[10]=u,g[14]=f,g[3]=d,g[7]=p,g[11]=x,g[15]=m,this}identity(){return this.set(1,0,0,0,0,1,0,0,0,0,1,0,0,0,0,1),this}clone(){return new n().fromArray(this.elements)}copy(t){let e=this.elements,i=t.elements;return e[0]=i[0],e[1]=i[1],e[2]=i[2],e[3]=i[3],e[4]=i[4],e[5]=i[5],e[6]=i[6],e[7]=i[7],e[8]=i[8],e[9]=i[9],e[10]=i[10],e[11]=i[11],e[12]=i[12],e[13]=i[13],e[14]=i[14],e[15]=i[15],this}copyPosition(t){let e=this.elements,i=t.elements;return e[12]=i[12],e[13]=i[13],e[14]=i[14],this}setFromMatrix3(t){let e=t.elements;return this.set(e[0],e[3],e[6],0,e[1],e[4],e[7],0,e[2],e[5],e[8],0,0,0,0,1),this}extractBasis(t,e,i){return this.determinantAffine()===0?(t.set(1,0,0),e.set(0,1,0),i.set(0,0,1),this):(t.setFromMatrixColumn(this,0),e.setFromMatrixColumn(this,1),i.setFromMatrixColumn(this,2),this)}makeBasis(t,e,i){return this.set(t.x,e.x,i.x,0,t.y,e.y,i.y,0,t.z,e.z,i.z,0,0,0,0,1),this}extractRotation(t){if(t.determinantAffine()===0)return this.identity();let e=this.elements,i=t.elements,s=1/Io.setFromMatrixColumn(t,0).length(),r=1/Io.setFromMatrixColumn(t,1).length(),o=1/Io.setFromMatrixColumn(t,2).length();return e[0]=i[0]*s,e[1]=i[1]*s,e[2]=i[2]*s,e[3]=0,e[4]=i[4]*r,e[5]=i[5]*r,e[6]=i[6]*r,e[7]=0,e[8]=i[8]*o,e[9]=i[9]*o,e[10]=i[10]*o,e[11]=0,e[12]=0,e[13]=0,e[14]=0,e[15]=1,this}makeRotationFromEuler(t){let e=this.elements,i=t.x,s=t.y,r=t.z,o=Math.cos(i),a=Math.sin(i),c=Math.cos(s),l=Math.sin(s),h=Math.cos(r),u=Math.sin(r);if(t.order==="XYZ"){let f=o*h,d=o*u,p=a*h,x=a*u;e[0]=c*h,e[4]=-c*u,e[8]=l,e[1]=d+p*l,e[5]=f-x*l,e[9]=-a*c,e[2]=x-f*l,e[6]=p+d*l,e[10]=o*c}else if(t.order==="YXZ"){let f=c*h,d=c*u,p=l*h,x=l*u;e[0]=f+x*a,e[4]=p*a-d,e[8]=o*l,e[1]=o*u,e[5]=o*h,e[9]=-a,e[2]=d*a-p,e[6]=x+f*a,e[10]=o*c}else if(t.order==="ZXY"){let f=c*h,d=c*u,p=l*h,x=l*u;e[0]=f-x*a,e[4]=-o*u,e[8]=p+d*a,e[1]=d+p*a,e[5]=o*h,e[9]=x-f*a,e[2]=-o*l,e[6]=a,e[10]=o*c}else if(t.order==="ZYX"){let f=o*h,d=o*u,p=a*h,x=a*u;e[0]=c*h,e[4]=p*l-d,e[8]=f*l+x,e[1]=c*u,e[5]=x*l+f,e[9]=d*l-p,e[2]=-l,e[6]=a*c,e[10]=o*c}else if(t.order==="YZX"){let f=o*c,d=o*l,p=a*c,x=a*l;e[0]=c*h,e[4]=x-f*u,e[8]=p*u+d,e[1]=u,e[5]=o*h,e[9]=-a*h,e[2]=-l*h,e[6]=d*u+p,e[10]=f-x*u}else if(t.order==="XZY"){let f=o*c,d=o*l,p=a*c,x=a*l;e[0]=c*h,e[4]=-u,e[8]=l*h,e[1]=f*u+x,e[5]=o*h,e[9]=d*u-p,e[2]=p*u-d,e[6]=a*h,e[10]=x*u+f}return e[3]=0,e[7]=0,e[11]=0,e[12]=0,e[13]=0,e[14]=0,e[15]=1,this}makeRotationFromQuaternion(t){return this.compose(gM,t,xM)}lookAt(t,e,i){let s=this.elements;return gi.subVectors(t,e),gi.lengthSq()===0&&(gi.z=1),gi.normalize(),ur.crossVectors(i,gi),ur.lengthSq()===0&&(Math.abs(i.z)===1?gi.x+=1e-4:gi.z+=1e-4,gi.normalize(),ur.crossVectors(i,gi)),ur.normalize(),Nc.crossVectors(gi,ur),s[0]=ur.x,s[4]=Nc.x,s[8]=gi.x,s[1]=ur.y,s[5]=Nc.y,s[9]=gi.y,s[2]=ur.z,s[6]=Nc.z,s[10]=gi.z,this}multiply(t){return this.multiplyMatrices(this,t)}premultiply(t){return this.multiplyMatrices(t,this)}multiplyMatrices(t,e){let i=t.elements,s=e.elements,r=this.elements,o=i[0],a=i[4],c=i[8],l=i[12],h=i[1],u=i[5],f=i[9],d=i[13],p=i[2],x=i[6],m=i[10],g=i[14],b=i[3],T=i[7],v=i[11],R=i[15],E=s[0],_=s[4],A=s[8],O=s[12],I=s[1],L=s[5],B=s[9],V=s[13],N=s[2],H=s[6],Y=s[10],z=s[14],at=s[3],Z=s[7],j=s[11],st=s[15];return r[0]=o*E+a*I+c*N+l*at,r[4]=o*_+a*L+c*H+l*Z,r[8]=o*A+a*B+c*Y+l*j,r[12]=o*O+a*V+c*z+l*st,r[1]=h*E+u*I+f*N+d*at,r[5]=h*_+u*L+f*H+d*Z,r[9]=h*A+u*B+f*Y+d*j,r[13]=h*O+u*V+f*z+d*st,r[2]=p*E+x*I+m*N+g*at,r[6]=p*_+x*L+m*H+g*Z,r[10]=p*A+x*B+m*Y+g*j,r[14]=p*O+x*V+m*z+g*st,r[3]=b*E+T*I+v*N+R*at,r[7]=b*_+T*L+v*H+R*Z,r[11]=b*A+T*B+v*Y+R*j,r[15]=b*O+T*V+v*z+R*st,this}multiplyScalar(t){let e=this.elements;return e[0]*=t,e[4]*=t,e[8]*=t,e[12]*=t,e[1]*=t,e[5]*=t,e[9]*=t,e[13]*=t,e[2]*=t,e[6]*=t,e[10]*=t,e[14]*=t,e[3]*=t,e[7]*=t,e[11]*=t,e[15]*=t,this}determinant(){let t=this.elements,e=t[0],i=t[4],s=t[8],r=t[12],o=t[1],a=t[5],c=t[9],l=t[13],h=t[2],u=t[6],f=t[10],d=t[14],p=t[3],x=t[7],m=t[11],g=t[15],b=c*d-l*f,T=a*d-l*u,v=a*f-c*u,R=o*d-l*h,E=o*f-c*h,_=o*u-a*h;return e*(x*b-m*T+g*v)-i*(p*b-m*R+g*E)+s*(p*T-x*R+g*_)-r*(p*v-x*E+m*_)}determinantAffine(){let t=this.elements,e=t[0],i=t[4],s=t[8],r=t[1],o=t[5],a=t[9],c=t[2],l=t[6],h=t[10];return e*(o*h-a*l)-i*(r*h-a*c)+s*(r*l-o*c)}transpose(){let t=this.elements,e;return e=t[1],t[1]=t[4],t[4]=e,e=t[2],t[2]=t[8],t[8]=e,e=t[6],t[6]=t[9],t[9]=e,e=t[3],t[3]=t[12],t[12]=e,e=t[7],t[7]=t[13],t[13]=e,e=t[11],t[11]=t[14],t[14]=e,this}setPosition(t,e,i){let s=this.elements;return t.isVector3?(s[12]=t.x,s[13]=t.y,s[14]=t.z):(s[12]=t,s[13]=e,s[14]=i),this}invert(){let t=this.elements,e=t[0],i=t[1],s=t[2],r=t[3],o=t[4],a=t[5],c=t[6],l=t[7],h=t[8],u=t[9],f=t[10],d=t[11],p=t[12],x=t[13],m=t[14],g=t[15],b=e*a-i*o,T=e*c-s*o,v=e*l-r*o,R=i*c-s*a,E=i*l-r*a,_=s*l-r*c,A=h*x-u*p,O=h*m-f*p,I=h*g-d*p,L=u*m-f*x,B=u*g-d*x,V=f*g-d*m,N=b*V-T*B+v*L+R*I-E*O+_*A;if(N===0)return this.set(0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0);let H=1/N;return t[0]=(a*V-c*B+l*L)*H,t[1]=(s*B-i*V-r*L)*H,t[2]=(x*_-m*E+g*R)*H,t[3]=(f*E-u*_-d*R)*H,t[4]=(c*I-o*V-l*O)*H,t[5]=(e*V-s*I+r*O)*H,t[6]=(m*v-p*_-g*T)*H,t[7]=(h*_-f*v+d*T)*H,t[8]=(o*B-a*I+l*A)*H,t[9]=(i*I-e*B-r*A)*H,t[10]=(p*E-x*v+g*b)*H,t[11]=(u*v-h*E-d*b)*H,t[12]=(a*O-o*L-c*A)*H,t[13]=(e*L-i*O+s*A)*H,t[14]=(x*T-p*R-m*b)*H,t[15]=(h*R-u*T+f*b)*H,this}scale(t){let e=this.elements,i=t.x,s=t.y,r=t.z;return e[0]*=i,e[4]*=s,e[8]*=r,e[1]*=i,e[5]*=s,e[9]*=r,e[2]*=i,e[6]*=s,e[10]*=r,e[3]*=i,e[7]*=s,e[11]*=r,this}getMaxScaleOnAxis(){let t=this.elements,e=t[0]*t[0]+t[1]*t[1]+t[2]*t[2],i=t[4]*t[4]+t[5]*t[5]+t[6]*t[6],s=t[8]*t[8]+t[9]*t[9]+t[10]*t[10];return Math.sqrt(Math.max(e,i,s))}makeTranslation(t,e,i){return t.isVector3?this.set(1,0,0,t.x,0,1,0,t.y,0,0,1,t.z,0,0,0,1):this.set(1,0,0,t,0,1,0,e,0,0,1,i,0,0,0,1),this}makeRotationX(t){let e=Math.cos(t),i=Math.sin(t);return this.set(1,0,0,0,0,e,-i,0,0,i,e,0,0,0,0,1),this}makeRotationY(t){let e=Math.cos(t),i=Math.sin(t);return this.set(e,0,i,0,0,1,0,0,-i,0,e,0,0,0,0,1),this}makeRotationZ(t){let e=Math.cos(t),i=Math.sin(t);return this.set(e,-i,0,0,i,e,0,0,0,0,1,0,0,0,0,1),this}makeRotationAxis(t,e){let i=Math.cos(e),s=Math.sin(e),r=1-i,o=t.x,a=t.y,c=t.z,l=r*o,h=r*a;return this.set(l*o+i,l*a-s*c,l*c+s*a,0,l*a+s*c,h*a+i,h*c-s*o,0,l*c-s*a,h*c+s*o,r*c*c+i,0,0,0,0,1),this}makeScale(t,e,i){return this.set(t,0,0,0,0,e,0,0,0,0,i,0,0,0,0,1),this}makeShear(t,e,i,s,r,o){return this.set(1,i,r,0,t,1,o,0,e,s,1,0,0,0,0,1),this}compose(t,e,i){let s=this.elements,r=e._x,o=e._y,a=e._z,c=e._w,l=r+r,h=o+o,u=a+a,f=r*l,d=r*h,p=r*u,x=o*h,m=o*u,g=a*u,b=c*l,T=c*h,v=c*u,R=i.x,E=i.y,_=i.z;return s[0]=(1-(x+g))*R,s[1]=(d+v)*R,s[2]=(p-T)*R,s[3]=0,s[4]=(d-v)*E,s[5]=(1-(f+g))*E,s[6]=(m+b)*E,s[7]=0,s[8]=(p+T)*_,s[9]=(m-b)*_,s[10]=(1-(f+x))*_,s[11]=0,s[12]=t.x,s[13]=t.y,s[14]=t.z,s[15]=1,this}decompose(t,e,i){let s=this.elements;t.x=s[12],t.y=s[13],t.z=s[14];let r=this.determinantAffine();if(r===0)return i.set(1,1,1),e.identity(),this;let o=Io.set(s[0],s[1],s[2]).length(),a=Io.set(s[4],s[5],s[6]).length(),c=Io.set(s[8],s[9],s[10]).length();r<0&&(o=-o),$i.copy(this);let l=1/o,h=1/a,u=1/c;return $i.elements[0]*=l,$i.elements[1]*=l,$i.elements[2]*=l,$i.elements[4]*=h,$i.elements[5]*=h,$i.elements[6]*=h,$i.elements[8]*=u,$i.elements[9]*=u,$i.elements[10]*=u,e.setFromRotationMatrix($i),i.x=o,i.y=a,i.z=c,this}makePerspective(t,e,i,s,r,o,a=Li,c=!1){let l=this.elements,h=2*r/(e-t),u=2*r/(i-s),f=(e+t)/(e-t),d=(i+s)/(i-s),p,x;if(c)p=r/(o-r),x=o*r/(o-r);else if(a===Li)p=-(o+r)/(o-r),x=-2*o*r/(o-r);else if(a===Yo)p=-o/(o-r),x=-o*r/(o-r);else throw new Error("THREE.Matrix4.makePerspective(): Invalid coordinate system: "+a);return l[0]=h,l[4]=0,l[8]=f,l[12]=0,l[1]=0,l[5]=u,l[9]=d,l[13]=0,l[2]=0,l[6]=0,l[10]=p,l[14]=x,l[3]=0,l[7]=0,l[11]=-1,l[15]=0,this}makeOrthographic(t,e,i,s,r,o,a=Li,c=!1){let l=this.elements,h=2/(e-t),u=2/(i-s),f=-(e+t)/(e-t),d=-(i+s)/(i-s),p,x;if(c)p=1/(o-r),x=o/(o-r);else if(a===Li)p=-2/(o-r),x=-(o+r)/(o-r);else if(a===Yo)p=-1/(o-r),x=-r/(o-r);else throw new Error("THREE.Matrix4.makeOrthographic(): Invalid coordinate system: "+a);return l[0]=h,l[4]=0,l[8]=0,l[12]=f,l[1]=0,l[5]=u,l[9]=0,l[13]=d,l[2]=0,l[6]=0,l[10]=p,l[14]=x,l[3]=0,l[7]=0,l[11]=0,l[15]=1,this}equals(t){let e=this.elements,i=t.elements;for(let s=0;s<16;s++)if(e[s]!==i[s])return!1;return!0}fromArray(t,e=0){for(let i=0;i<16;i++)this.elements[i]=t[i+e];return this}toArray(t=[],e=0){let i=this.elements;return t[e]=i[0],t[e+1]=i[1],t[e+2]=i[2],t[e+3]=i[3],t[e+4]=i[4],t[e+5]=i[5],t[e+6]=i[6],t[e+7]=i[7],t[e+8]=i[8],t[e+9]=i[9],t[e+10]=i[10],t[e+11]=i[11],t[e+12]=i[12],t[e+13]=i[13],t[e+14]=i[14],t[e+15]=i[15],t}},Io=new W,$i=new ve,gM=new W(0,0,0),xM=new W(1,1,1),ur=new W,Nc=new W,gi=new W,N0=new ve,D0=new yi,$s=class n{constructor(t=0,e=0,i=0,s=n.DEFAULT_ORDER){this.isEuler=!0,this._x=t,this._y=e,this._z=i,this._order=s}get x(){return this._x}set x(t){this._x=t,this._onChangeCallback()}get y(){return this._y}set y(t){this._y=t,this._onChangeCallback()}get z(){return this._z}set z(t){this._z=t,this._onChangeCallback()}get order(){return this._order}set order(t){this._order=t,this._onChangeCallback()}set(t,e,i,s=this._order){return this._x=t,this._y=e,this._z=i,this._order=s,this._onChangeCallback(),this}clone(){return new this.constructor(this._x,this._y,this._z,this._order)}copy(t){return this._x=t._x,this._y=t._y,this._z=t._z,this._order=t._order,this._onChangeCallback(),this}setFromRotationMatrix(t,e=this._order,i=!0){let s=t.elements,r=s[0],o=s[4],a=s[8],c=s[1],l=s[5],h=s[9],u=s[2],f=s[6],d=s[10];switch(e){case"XYZ":this._y=Math.asin(oe(a,-1,1)),Math.abs(a)<.9999999?(this._x=Math.atan2(-h,d),this._z=Math.atan2(-o,r)):(this._x=Math.atan2(f,l),this._z=0);break;case"YXZ":this._x=Math.asin(-oe(h,-1,1)),Math.abs(h)<.9999999?(this._y=Math.atan2(a,d),this._z=Math.atan2(c,l)):(this._y=Math.atan2(-u,r),this._z=0);break;case"ZXY":this._x=Math.asin(oe(f,-1,1)),Math.abs(f)<.9999999?(this._y=Math.atan2(-u,d),this._z=Math.atan2(-o,l)):(this._y=0,this._z=Math.atan2(c,r));break;case"ZYX":this._y=Math.asin(-oe(u,-1,1)),Math.abs(u)<.9999999?(this._x=Math.atan2(f,d),this._z=Math.atan2(c,r)):(this._x=0,this._z=Math.atan2(-o,l));break;case"YZX":this._z=Math.asin(oe(c,-1,1)),Math.abs(c)<.9999999?(this._x=Math.atan2(-h,l),this._y=Math.atan2(-u,r)):(this._x=0,this._y=Math.atan2(a,d));break;case"XZY":this._z=Math.asin(-oe(o,-1,1)),Math.abs(o)<.9999999?(this._x=Math.atan2(f,l),this._y=Math.atan2(a,r)):(this._x=Math.atan2(-h,d),this._y=0);break;default:qt("Euler: .setFromRotationMatrix() encountered an unknown order: "+e)}return this._order=e,i===!0&&this._onChangeCallback(),this}setFromQuaternion(t,e,i){return N0.makeRotationFromQuaternion(t),this.setFromRotationMatrix(N0,e,i)}setFromVector3(t,e=this._order){return this.set(t.x,t.y,t.z,e)}reorder(t){return D0.setFromEuler(this),this.setFromQuaternion(D0,t)}equals(t){return t._x===this._x&&t._y===this._y&&t._z===this._z&&t._order===this._order}fromArray(t){return this._x=t[0],this._y=t[1],this._z=t[2],t[3]!==void 0&&(this._order=t[3]),this._onChangeCallback(),this}toArray(t=[],e=0){return t[e]=this._x,t[e+1]=this._y,t[e+2]=this._z,t[e+3]=this._order,t}_onChange(t){return this._onChangeCallback=t,this}_onChangeCallback(){}*[Symbol.iterator](){yield this._x,yield this._y,yield this._z,yield this._order}};$s.DEFAULT_ORDER="XYZ";var jo=class{constructor(){this.mask=1}set(t){this.mask=(1<<t|0)>>>0}enable(t){this.mask|=1<<t|0}enableAll(){this.mask=-1}toggle(t){this.mask^=1<<t|0}disable(t){this.mask&=~(1<<t|0)}disableAll(){this.mask=0}test(t){return(this.mask&t.mask)!==0}isEnabled(t){return(this.mask&(1<<t|0))!==0}},_M=0,U0=new W,Lo=new yi,zs=new ve,Dc=new W,Ga=new W,yM=new W,bM=new yi,F0=new W(1,0,0),O0=new W(0,1,0),B0=new W(0,0,1),k0={type:"added"},vM={type:"removed"},No={type:"childadded",child:null},cd={type:"childremoved",child:null},kn=class n extends Ji{constructor(){super(),this.isObject3D=!0,Object.defineProperty(this,"id",{value:_M++}),this.uuid=Tr(),this.name="",this.type="Object3D",this.parent=null,this.children=[],this.up=n.DEFAULT_UP.clone();let t=new W,e=new $s,i=new yi,s=new W(1,1,1);function r(){i.setFromEuler(e,!1)}function o(){e.setFromQuaternion(i,void 0,!1)}e._onChange(r),i._onChange(o),Object.defineProperties(this,{position:{configurable:!0,enumerable:!0,value:t},rotation:{configurable:!0,enumerable:!0,value:e},quaternion:{configurable:!0,enumerable:!0,value:i},scale:{configurable:!0,enumerable:!0,value:s},modelViewMatrix:{value:new ve},normalMatrix:{value:new ee}}),this.matrix=new ve,this.matrixWorld=new ve,this.matrixAutoUpdate=n.DEFAULT_MATRIX_AUTO_UPDATE,this.matrixWorldAutoUpdate=n.DEFAULT_MATRIX_WORLD_AUTO_UPDATE,this.matrixWorldNeedsUpdate=!1,this.layers=new jo,this.visible=!0,this.castShadow=!1,this.receiveShadow=!1,this.frustumCulled=!0,this.renderOrder=0,this.animations=[],this.customDepthMaterial=void 0,this.customDistanceMaterial=void 0,this.static=!1,this.userData={},this.pivot=null}onBeforeShadow(){}onAfterShadow(){}onBeforeRender(){}onAfterRender(){}applyMatrix4(t){this.matrixAutoUpdate&&this.updateMatrix(),this.matrix.premultiply(t),this.matrix.decompose(this.position,this.quaternion,this.scale),this.pivot!==null&&this.position.copy(this.pivot).applyMatrix4(this.matrix).sub(this.pivot)}applyQuaternion(t){return this.quaternion.premultiply(t),this}setRotationFromAxisAngle(t,e){this.quaternion.setFromAxisAngle(t,e)}setRotationFromEuler(t){this.quaternion.setFromEuler(t,!0)}setRotationFromMatrix(t){this.quaternion.setFromRotationMatrix(t)}setRotationFromQuaternion(t){this.quaternion.copy(t)}rotateOnAxis(t,e){return Lo.setFromAxisAngle(t,e),this.quaternion.multiply(Lo),this}rotateOnWorldAxis(t,e){return Lo.setFromAxisAngle(t,e),this.quaternion.premultiply(Lo),this}rotateX(t){return this.rotateOnAxis(F0,t)}rotateY(t){return this.rotateOnAxis(O0,t)}rotateZ(t){return this.rotateOnAxis(B0,t)}translateOnAxis(t,e){return U0.copy(t).applyQuaternion(this.quaternion),this.position.add(U0.multiplyScalar(e)),this}translateX(t){return this.translateOnAxis(F0,t)}translateY(t){return this.translateOnAxis(O0,t)}translateZ(t){return this.translateOnAxis(B0,t)}localToWorld(t){return this.updateWorldMatrix(!0,!1),t.applyMatrix4(this.matrixWorld)}worldToLocal(t){return this.updateWorldMatrix(!0,!1),t.applyMatrix4(zs.copy(this.matrixWorld).invert())}lookAt(t,e,i){t.isVector3?Dc.copy(t):Dc.set(t,e,i);let s=this.parent;this.updateWorldMatrix(!0,!1),Ga.setFromMatrixPosition(this.matrixWorld),this.isCamera||this.isLight?zs.lookAt(Ga,Dc,this.up):zs.lookAt(Dc,Ga,this.up),this.quaternion.setFromRotationMatrix(zs),s&&(zs.extractRotation(s.matrixWorld),Lo.setFromRotationMatrix(zs),this.quaternion.premultiply(Lo.invert()))}add(t){if(arguments.length>1){for(let e=0;e<arguments.length;e++)this.add(arguments[e]);return this}return t===this?(jt("Object3D.add: object can't be added as a child of itself.",t),this):(t&&t.isObject3D?(t.removeFromParent(),t.parent=this,this.children.push(t),t.dispatchEvent(k0),No.child=t,this.dispatchEvent(No),No.child=null):jt("Object3D.add: object not an instance of THREE.Object3D.",t),this)}remove(t){if(arguments.length>1){for(let i=0;i<arguments.length;i++)this.remove(arguments[i]);return this}let e=this.children.indexOf(t);return e!==-1&&(t.parent=null,this.children.splice(e,1),t.dispatchEvent(vM),cd.child=t,this.dispatchEvent(cd),cd.child=null),this}removeFromParent(){let t=this.parent;return t!==null&&t.remove(this),this}clear(){return this.remove(...this.children)}attach(t){return this.updateWorldMatrix(!0,!1),zs.copy(this.matrixWorld).invert(),t.parent!==null&&(t.parent.updateWorldMatrix(!0,!1),zs.multiply(t.parent.matrixWorld)),t.applyMatrix4(zs),t.removeFromParent(),t.parent=this,this.children.push(t),t.updateWorldMatrix(!1,!0),t.dispatchEvent(k0),No.child=t,this.dispatchEvent(No),No.child=null,this}getObjectById(t){return this.getObjectByProperty("id",t)}getObjectByName(t){return this.getObjectByProperty("name",t)}getObjectByProperty(t,e){if(this[t]===e)return this;for(let i=0,s=this.children.length;i<s;i++){let o=this.children[i].getObjectByProperty(t,e);if(o!==void 0)return o}}getObjectsByProperty(t,e,i=[]){this[t]===e&&i.push(this);let s=this.children;for(let r=0,o=s.length;r<o;r++)s[r].getObjectsByProperty(t,e,i);return i}getWorldPosition(t){return this.updateWorldMatrix(!0,!1),t.setFromMatrixPosition(this.matrixWorld)}getWorldQuaternion(t){return this.updateWorldMatrix(!0,!1),this.matrixWorld.decompose(Ga,t,yM),t}getWorldScale(t){return this.updateWorldMatrix(!0,!1),this.matrixWorld.decompose(Ga,bM,t),t}getWorldDirection(t){this.updateWorldMatrix(!0,!1);let e=this.matrixWorld.elements;return t.set(e[8],e[9],e[10]).normalize()}raycast(){}intersectsFrustum(){return!0}traverse(t){t(this);let e=this.children;for(let i=0,s=e.length;i<s;i++)e[i].traverse(t)}traverseVisible(t){if(this.visible===!1)return;t(this);let e=this.children;for(let i=0,s=e.length;i<s;i++)e[i].traverseVisible(t)}traverseAncestors(t){let e=this.parent;e!==null&&(t(e),e.traverseAncestors(t))}updateMatrix(){this.matrix.compose(this.position,this.quaternion,this.scale);let t=this.pivot;if(t!==null){let e=t.x,i=t.y,s=t.z,r=this.matrix.elements;r[12]+=e-r[0]*e-r[4]*i-r[8]*s,r[13]+=i-r[1]*e-r[5]*i-r[9]*s,r[14]+=s-r[2]*e-r[6]*i-r[10]*s}this.matrixWorldNeedsUpdate=!0}updateMatrixWorld(t){this.matrixAutoUpdate&&this.updateMatrix(),(this.matrixWorldNeedsUpdate||t)&&(this.matrixWorldAutoUpdate===!0&&(this.parent===null?this.matrixWorld.copy(this.matrix):this.matrixWorld.multiplyMatrices(this.parent.matrixWorld,this.matrix)),this.matrixWorldNeedsUpdate=!1,t=!0);let e=this.children;for(let i=0,s=e.length;i<s;i++)e[i].updateMatrixWorld(t)}updateWorldMatrix(t,e,i=!1){let s=this.parent;if(t===!0&&s!==null&&s.updateWorldMatrix(!0,!1),this.matrixAutoUpdate&&this.updateMatrix(),(this.matrixWorldNeedsUpdate||i)&&(this.matrixWorldAutoUpdate===!0&&(this.parent===null?this.matrixWorld.copy(this.matrix):this.matrixWorld.multiplyMatrices(this.parent.matrixWorld,this.matrix)),this.matrixWorldNeedsUpdate=!1,i=!0),e===!0){let r=this.children;for(let o=0,a=r.length;o<a;o++)r[o].updateWorldMatrix(!1,!0,i)}}toJSON(t){let e=t===void 0||typeof t=="string",i={};e&&(t={geometries:{},materials:{},textures:{},images:{},shapes:{},skeletons:{},animations:{},nodes:{}},i.metadata={version:4.7,type:"Object",generator:"Object3D.toJSON"});let s={};s.uuid=this.uuid,s.type=this.type,s.name=this.name,s.castShadow=this.castShadow,s.receiveShadow=this.receiveShadow,s.visible=this.visible,s.frustumCulled=this.frustumCulled,s.renderOrder=this.renderOrder,s.static=this.static,s.matrixAutoUpdate=this.matrixAutoUpdate,Object.keys(this.userData).length>0&&(s.userData=this.userData),s.layers=this.layers.mask,s.matrix=this.matrix.toArray(),s.up=this.up.toArray(),this.pivot!==null&&(s.pivot=this.pivot.toArray()),this.morphTargetDictionary!==void 0&&(s.morphTargetDictionary=Object.assign({},this.morphTargetDictionary)),this.morphTargetInfluences!==void 0&&(s.morphTargetInfluences=this.morphTargetInfluences.slice()),this.isInstancedMesh&&(s.type="InstancedMesh",s.count=this.count,s.instanceMatrix=this.instanceMatrix.toJSON(),this.instanceColor!==null&&(s.instanceColor=this.instanceColor.toJSON())),this.isBatchedMesh&&(s.type="BatchedMesh",s.perObjectFrustumCulled=this.perObjectFrustumCulled,s.sortObjects=this.sortObjects,s.drawRanges=this._drawRanges,s.reservedRanges=this._reservedRanges,s.geometryInfo=this._geometryInfo.map(a=>({...a,boundingBox:a.boundingBox?a.boundingBox.toJSON():void 0,boundingSphere:a.boundingSphere?a.boundingSphere.toJSON():void 0})),s.instanceInfo=this._instanceInfo.map(a=>({...a})),s.availableInstanceIds=this._availableInstanceIds.slice(),s.availableGeometryIds=this._availableGeometryIds.slice(),s.nextIndexStart=this._nextIndexStart,s.nextVertexStart=this._nextVertexStart,s.geometryCount=this._geometryCount,s.maxInstanceCount=this._maxInstanceCount,s.maxVertexCount=this._maxVertexCount,s.maxIndexCount=this._maxIndexCount,s.geometryInitialized=this._geometryInitialized,s.matricesTexture=this._matricesTexture.toJSON(t),s.indirectTexture=this._indirectTexture.toJSON(t),this._colorsTexture!==null&&(s.colorsTexture=this._colorsTexture.toJSON(t)),this.boundingSphere!==null&&(s.boundingSphere=this.boundingSphere.toJSON()),this.boundingBox!==null&&(s.boundingBox=this.boundingBox.toJSON()));function r(a,c){return a[c.uuid]===void 0&&(a[c.uuid]=c.toJSON(t)),c.uuid}if(this.isScene)this.background&&(this.background.isColor?s.background=this.background.toJSON():this.background.isTexture&&(s.background=this.background.toJSON(t).uuid)),this.environment&&this.environment.isTexture&&this.environment.isRenderTargetTexture!==!0&&(s.environment=this.environment.toJSON(t).uuid);else if(this.isMesh||this.isLine||this.isPoints){s.geometry=r(t.geometries,this.geometry);let a=this.geometry.parameters;if(a!==void 0&&a.shapes!==void 0){let c=a.shapes;if(Array.isArray(c))for(let l=0,h=c.length;l<h;l++){let u=c[l];r(t.shapes,u)}else r(t.shapes,c)}}if(this.isSkinnedMesh&&(s.bindMode=this.bindMode,s.bindMatrix=this.bindMatrix.toArray(),this.skeleton!==void 0&&(r(t.skeletons,this.skeleton),s.skeleton=this.skeleton.uuid)),this.material!==void 0)if(Array.isArray(this.material)){let a=[];for(let c=0,l=this.material.length;c<l;c++)a.push(r(t.materials,this.material[c]));s.material=a}else s.material=r(t.materials,this.material);if(this.children.length>0){s.children=[];for(let a=0;a<this.children.length;a++)s.children.push(this.children[a].toJSON(t).object)}if(this.animations.length>0){s.animations=[];for(let a=0;a<this.animations.length;a++){let c=this.animations[a];s.animations.push(r(t.animations,c))}}if(e){let a=o(t.geometries),c=o(t.materials),l=o(t.textures),h=o(t.images),u=o(t.shapes),f=o(t.skeletons),d=o(t.animations),p=o(t.nodes);a.length>0&&(i.geometries=a),c.length>0&&(i.materials=c),l.length>0&&(i.textures=l),h.length>0&&(i.images=h),u.length>0&&(i.shapes=u),f.length>0&&(i.skeletons=f),d.length>0&&(i.animations=d),p.length>0&&(i.nodes=p)}return i.object=s,i;function o(a){let c=[];for(let l in a){let h=a[l];delete h.metadata,c.push(h)}return c}}clone(t){return new this.constructor().copy(this,t)}copy(t,e=!0){if(this.name=t.name,this.up.copy(t.up),this.position.copy(t.position),this.rotation.order=t.rotation.order,this.quaternion.copy(t.quaternion),this.scale.copy(t.scale),this.pivot=t.pivot!==null?t.pivot.clone():null,this.matrix.copy(t.matrix),this.matrixWorld.copy(t.matrixWorld),this.matrixAutoUpdate=t.matrixAutoUpdate,this.matrixWorldAutoUpdate=t.matrixWorldAutoUpdate,this.matrixWorldNeedsUpdate=t.matrixWorldNeedsUpdate,this.layers.mask=t.layers.mask,this.visible=t.visible,this.castShadow=t.castShadow,this.receiveShadow=t.receiveShadow,this.frustumCulled=t.frustumCulled,this.renderOrder=t.renderOrder,this.static=t.static,this.animations=t.animations.slice(),this.userData=JSON.parse(JSON.stringify(t.userData)),e===!0)for(let i=0;i<t.children.length;i++){let s=t.children[i];this.add(s.clone())}return this}dispose(){this.dispatchEvent({type:"dispose"})}};kn.DEFAULT_UP=new W(0,1,0);kn.DEFAULT_MATRIX_AUTO_UPDATE=!0;kn.DEFAULT_MATRIX_WORLD_AUTO_UPDATE=!0;var Ni=class extends kn{constructor(){super(),this.isGroup=!0,this.type="Group"}},MM={type:"move"},Qo=class{constructor(){this._targetRay=null,this._grip=null,this._hand=null}getHandSpace(){return this._hand===null&&(this._hand=new Ni,this._hand.matrixAutoUpdate=!1,this._hand.visible=!1,this._hand.joints={},this._hand.inputState={pinching:!1}),this._hand}getTargetRaySpace(){return this._targetRay===null&&(this._targetRay=new Ni,this._targetRay.matrixAutoUpdate=!1,this._targetRay.visible=!1,this._targetRay.hasLinearVelocity=!1,this._targetRay.linearVelocity=new W,this._targetRay.hasAngularVelocity=!1,this._targetRay.angularVelocity=new W),this._targetRay}getGripSpace(){return this._grip===null&&(this._grip=new Ni,this._grip.matrixAutoUpdate=!1,this._grip.visible=!1,this._grip.hasLinearVelocity=!1,this._grip.linearVelocity=new W,this._grip.hasAngularVelocity=!1,this._grip.angularVelocity=new W,this._grip.eventsEnabled=!1),this._grip}dispatchEvent(t){return this._targetRay!==null&&this._targetRay.dispatchEvent(t),this._grip!==null&&this._grip.dispatchEvent(t),this._hand!==null&&this._hand.dispatchEvent(t),this}connect(t){if(t&&t.hand){let e=this._hand;if(e)for(let i of t.hand.values())this._getHandJoint(e,i)}return this.dispatchEvent({type:"connected",data:t}),this}disconnect(t){return this.dispatchEvent({type:"disconnected",data:t}),this._targetRay!==null&&(this._targetRay.visible=!1),this._grip!==null&&(this._grip.visible=!1),this._hand!==null&&(this._hand.visible=!1),this}update(t,e,i){let s=null,r=null,o=null,a=this._targetRay,c=this._grip,l=this._hand;if(t&&e.session.visibilityState!=="visible-blurred"){if(l&&t.hand){o=!0;for(let x of t.hand.values()){let m=e.getJointPose(x,i),g=this._getHandJoint(l,x);m!==null&&(g.matrix.fromArray(m.transform.matrix),g.matrix.decompose(g.position,g.quaternion,g.scale),g.matrixWorldNeedsUpdate=!0,g.jointRadius=m.radius),g.visible=m!==null}let h=l.joints["index-finger-tip"],u=l.joints["thumb-tip"],f=h.position.distanceTo(u.position),d=.02,p=.005;l.inputState.pinching&&f>d+p?(l.inputState.pinching=!1,this.dispatchEvent({type:"pinchend",handedness:t.handedness,target:this})):!l.inputState.pinching&&f<=d-p&&(l.inputState.pinching=!0,this.dispatchEvent({type:"pinchstart",handedness:t.handedness,target:this}))}else c!==null&&t.gripSpace&&(r=e.getPose(t.gripSpace,i),r!==null&&(c.matrix.fromArray(r.transform.matrix),c.matrix.decompose(c.position,c.quaternion,c.scale),c.matrixWorldNeedsUpdate=!0,r.linearVelocity?(c.hasLinearVelocity=!0,c.linearVelocity.copy(r.linearVelocity)):c.hasLinearVelocity=!1,r.angularVelocity?(c.hasAngularVelocity=!0,c.angularVelocity.copy(r.angularVelocity)):c.hasAngularVelocity=!1,c.eventsEnabled&&c.dispatchEvent({type:"gripUpdated",data:t,target:this})));a!==null&&(s=e.getPose(t.targetRaySpace,i),s===null&&r!==null&&(s=r),s!==null&&(a.matrix.fromArray(s.transform.matrix),a.matrix.decompose(a.position,a.quaternion,a.scale),a.matrixWorldNeedsUpdate=!0,s.linearVelocity?(a.hasLinearVelocity=!0,a.linearVelocity.copy(s.linearVelocity)):a.hasLinearVelocity=!1,s.angularVelocity?(a.hasAngularVelocity=!0,a.angularVelocity.copy(s.angularVelocity)):a.hasAngularVelocity=!1,this.dispatchEvent(MM)))}return a!==null&&(a.visible=s!==null),c!==null&&(c.visible=r!==null),l!==null&&(l.visible=o!==null),this}_getHandJoint(t,e){if(t.joints[e.jointName]===void 0){let i=new Ni;i.matrixAutoUpdate=!1,i.visible=!1,t.joints[e.jointName]=i,t.add(i)}return t.joints[e.jointName]}},Xx={aliceblue:15792383,antiquewhite:16444375,aqua:65535,aquamarine:8388564,azure:15794175,beige:16119260,bisque:16770244,black:0,blanchedalmond:16772045,blue:255,blueviolet:9055202,brown:10824234,burlywood:14596231,cadetblue:6266528,chartreuse:8388352,chocolate:13789470,coral:16744272,cornflowerblue:6591981,cornsilk:16775388,crimson:14423100,cyan:65535,darkblue:139,darkcyan:35723,darkgoldenrod:12092939,darkgray:11119017,darkgreen:25600,darkgrey:11119017,darkkhaki:12433259,darkmagenta:9109643,darkolivegreen:5597999,darkorange:16747520,darkorchid:10040012,darkred:9109504,darksalmon:15308410,darkseagreen:9419919,darkslateblue:4734347,darkslategray:3100495,darkslategrey:3100495,darkturquoise:52945,darkviolet:9699539,deeppink:16716947,deepskyblue:49151,dimgray:6908265,dimgrey:6908265,dodgerblue:2003199,firebrick:11674146,floralwhite:16775920,forestgreen:2263842,fuchsia:16711935,gainsboro:14474460,ghostwhite:16316671,gold:16766720,goldenrod:14329120,gray:8421504,green:32768,greenyellow:11403055,grey:8421504,honeydew:15794160,hotpink:16738740,indianred:13458524,indigo:4915330,ivory:16777200,khaki:15787660,lavender:15132410,lavenderblush:16773365,lawngreen:8190976,lemonchiffon:16775885,lightblue:11393254,lightcoral:15761536,lightcyan:14745599,lightgoldenrodyellow:16448210,lightgray:13882323,lightgreen:9498256,lightgrey:13882323,lightpink:16758465,lightsalmon:16752762,lightseagreen:2142890,lightskyblue:8900346,lightslategray:7833753,lightslategrey:7833753,lightsteelblue:11584734,lightyellow:16777184,lime:65280,limegreen:3329330,linen:16445670,magenta:16711935,maroon:8388608,mediumaquamarine:6737322,mediumblue:205,mediumorchid:12211667,mediumpurple:9662683,mediumseagreen:3978097,mediumslateblue:8087790,mediumspringgreen:64154,mediumturquoise:4772300,mediumvioletred:13047173,midnightblue:1644912,mintcream:16121850,mistyrose:16770273,moccasin:16770229,navajowhite:16768685,navy:128,oldlace:16643558,olive:8421376,olivedrab:7048739,orange:16753920,orangered:16729344,orchid:14315734,palegoldenrod:15657130,palegreen:10025880,paleturquoise:11529966,palevioletred:14381203,papayawhip:16773077,peachpuff:16767673,peru:13468991,pink:16761035,plum:14524637,powderblue:11591910,purple:8388736,rebeccapurple:6697881,red:16711680,rosybrown:12357519,royalblue:4286945,saddlebrown:9127187,salmon:16416882,sandybrown:16032864,seagreen:3050327,seashell:16774638,sienna:10506797,silver:12632256,skyblue:8900331,slateblue:6970061,slategray:7372944,slategrey:7372944,snow:16775930,springgreen:65407,steelblue:4620980,tan:13808780,teal:32896,thistle:14204888,tomato:16737095,turquoise:4251856,violet:15631086,wheat:16113331,white:16777215,whitesmoke:16119285,yellow:16776960,yellowgreen:10145074},fr={h:0,s:0,l:0},Uc={h:0,s:0,l:0};function hd(n,t,e){return e<0&&(e+=1),e>1&&(e-=1),e<1/6?n+(t-n)*6*e:e<1/2?t:e<2/3?n+(t-n)*6*(2/3-e):n}var ae=class{constructor(t,e,i){return this.isColor=!0,this.r=1,this.g=1,this.b=1,this.set(t,e,i)}set(t,e,i){if(e===void 0&&i===void 0){let s=t;s&&s.isColor?this.copy(s):typeof s=="number"?this.setHex(s):typeof s=="string"&&this.setStyle(s)}else this.setRGB(t,e,i);return this}setScalar(t){return this.r=t,this.g=t,this.b=t,this}setHex(t,e=Zn){return t=Math.floor(t),this.r=(t>>16&255)/255,this.g=(t>>8&255)/255,this.b=(t&255)/255,_e.colorSpaceToWorking(this,e),this}setRGB(t,e,i,s=_e.workingColorSpace){return this.r=t,this.g=e,this.b=i,_e.colorSpaceToWorking(this,s),this}setHSL(t,e,i,s=_e.workingColorSpace){if(t=op(t,1),e=oe(e,0,1),i=oe(i,0,1),e===0)this.r=this.g=this.b=i;else{let r=i<=.5?i*(1+e):i+e-i*e,o=2*i-r;this.r=hd(o,r,t+1/3),this.g=hd(o,r,t),this.b=hd(o,r,t-1/3)}return _e.colorSpaceToWorking(this,s),this}setStyle(t,e=Zn){function i(r){r!==void 0&&parseFloat(r)<1&&qt("Color: Alpha component of "+t+" will be ignored.")}let s;if(s=/^(\w+)\(([^\)]*)\)/.exec(t)){let r,o=s[1],a=s[2];switch(o){case"rgb":case"rgba":if(r=/^\s*(\d+)\s*,\s*(\d+)\s*,\s*(\d+)\s*(?:,\s*(\d+(?:\.\d+)?|\.\d+)\s*)?$/.exec(a))return i(r[4]),this.setRGB(Math.min(255,parseInt(r[1],10))/255,Math.min(255,parseInt(r[2],10))/255,Math.min(255,parseInt(r[3],10))/255,e);if(r=/^\s*(\d+(?:\.\d+)?|\.\d+)\%\s*,\s*(\d+(?:\.\d+)?|\.\d+)\%\s*,\s*(\d+(?:\.\d+)?|\.\d+)\%\s*(?:,\s*(\d+(?:\.\d+)?|\.\d+)\s*)?$/.exec(a))return i(r[4]),this.setRGB(Math.min(100,parseFloat(r[1]))/100,Math.min(100,parseFloat(r[2]))/100,Math.min(100,parseFloat(r[3]))/100,e);break;case"hsl":case"hsla":if(r=/^\s*([+-]?(?:\d+(?:\.\d+)?|\.\d+))\s*,\s*(\d+(?:\.\d+)?|\.\d+)\%\s*,\s*(\d+(?:\.\d+)?|\.\d+)\%\s*(?:,\s*(\d+(?:\.\d+)?|\.\d+)\s*)?$/.exec(a))return i(r[4]),this.setHSL(parseFloat(r[1])/360,parseFloat(r[2])/100,parseFloat(r[3])/100,e);break;default:qt("Color: Unknown color model "+t)}}else if(s=/^\#([A-Fa-f\d]+)$/.exec(t)){let r=s[1],o=r.length;if(o===3)return this.setRGB(parseInt(r.charAt(0),16)/15,parseInt(r.charAt(1),16)/15,parseInt(r.charAt(2),16)/15,e);if(o===6)return this.setHex(parseInt(r,16),e);qt("Color: Invalid hex color "+t)}else if(t&&t.length>0)return this.setColorName(t,e);return this}setColorName(t,e=Zn){let i=Xx[t.toLowerCase()];return i!==void 0?this.setHex(i,e):qt("Color: Unknown color "+t),this}clone(){return new this.constructor(this.r,this.g,this.b)}copy(t){return this.r=t.r,this.g=t.g,this.b=t.b,this}copySRGBToLinear(t){return this.r=Xs(t.r),this.g=Xs(t.g),this.b=Xs(t.b),this}copyLinearToSRGB(t){return this.r=qo(t.r),this.g=qo(t.g),this.b=qo(t.b),this}convertSRGBToLinear(){return this.copySRGBToLinear(this),this}convertLinearToSRGB(){return this.copyLinearToSRGB(this),this}getHex(t=Zn){return _e.workingToColorSpace(Bn.copy(this),t),Math.round(oe(Bn.r*255,0,255))*65536+Math.round(oe(Bn.g*255,0,255))*256+Math.round(oe(Bn.b*255,0,255))}getHexString(t=Zn){return("000000"+this.getHex(t).toString(16)).slice(-6)}getHSL(t,e=_e.workingColorSpace){_e.workingToColorSpace(Bn.copy(this),e);let i=Bn.r,s=Bn.g,r=Bn.b,o=Math.max(i,s,r),a=Math.min(i,s,r),c,l,h=(a+o)/2;if(a===o)c=0,l=0;else{let u=o-a;switch(l=h<=.5?u/(o+a):u/(2-o-a),o){case i:c=(s-r)/u+(s<r?6:0);break;case s:c=(r-i)/u+2;break;case r:c=(i-s)/u+4;break}c/=6}return t.h=c,t.s=l,t.l=h,t}getRGB(t,e=_e.workingColorSpace){return _e.workingToColorSpace(Bn.copy(this),e),t.r=Bn.r,t.g=Bn.g,t.b=Bn.b,t}getStyle(t=Zn){_e.workingToColorSpace(Bn.copy(this),t);let e=Bn.r,i=Bn.g,s=Bn.b;return t!==Zn?`color(${t} ${e.toFixed(3)} ${i.toFixed(3)} ${s.toFixed(3)})`:`rgb(${Math.round(e*255)},${Math.round(i*255)},${Math.round(s*255)})`}offsetHSL(t,e,i){return this.getHSL(fr),this.setHSL(fr.h+t,fr.s+e,fr.l+i)}add(t){return this.r+=t.r,this.g+=t.g,this.b+=t.b,this}addColors(t,e){return this.r=t.r+e.r,this.g=t.g+e.g,this.b=t.b+e.b,this}addScalar(t){return this.r+=t,this.g+=t,this.b+=t,this}sub(t){return this.r=Math.max(0,this.r-t.r),this.g=Math.max(0,this.g-t.g),this.b=Math.max(0,this.b-t.b),this}multiply(t){return this.r*=t.r,this.g*=t.g,this.b*=t.b,this}multiplyScalar(t){return this.r*=t,this.g*=t,this.b*=t,this}lerp(t,e){return this.r+=(t.r-this.r)*e,this.g+=(t.g-this.g)*e,this.b+=(t.b-this.b)*e,this}lerpColors(t,e,i){return this.r=t.r+(e.r-t.r)*i,this.g=t.g+(e.g-t.g)*i,this.b=t.b+(e.b-t.b)*i,this}lerpHSL(t,e){this.getHSL(fr),t.getHSL(Uc);let i=Ka(fr.h,Uc.h,e),s=Ka(fr.s,Uc.s,e),r=Ka(fr.l,Uc.l,e);return this.setHSL(i,s,r),this}setFromVector3(t){return this.r=t.x,this.g=t.y,this.b=t.z,this}applyMatrix3(t){let e=this.r,i=this.g,s=this.b,r=t.elements;return this.r=r[0]*e+r[3]*i+r[6]*s,this.g=r[1]*e+r[4]*i+r[7]*s,this.b=r[2]*e+r[5]*i+r[8]*s,this}equals(t){return t.r===this.r&&t.g===this.g&&t.b===this.b}fromArray(t,e=0){return this.r=t[e],this.g=t[e+1],this.b=t[e+2],this}toArray(t=[],e=0){return t[e]=this.r,t[e+1]=this.g,t[e+2]=this.b,t}fromBufferAttribute(t,e){return this.r=t.getX(e),this.g=t.getY(e),this.b=t.getZ(e),this}toJSON(){return this.getHex()}*[Symbol.iterator](){yield this.r,yield this.g,yield this.b}},Bn=new ae;ae.NAMES=Xx;var sl=class extends kn{constructor(){super(),this.isScene=!0,this.type="Scene",this.background=null,this.environment=null,this.fog=null,this.backgroundBlurriness=0,this.backgroundIntensity=1,this.backgroundRotation=new $s,this.environmentIntensity=1,this.environmentRotation=new $s,this.overrideMaterial=null,typeof __THREE_DEVTOOLS__<"u"&&__THREE_DEVTOOLS__.dispatchEvent(new CustomEvent("observe",{detail:this}))}copy(t,e){return super.copy(t,e),this.background=t.background!==null?t.background.clone():null,this.environment=t.environment!==null?t.environment.clone():null,this.fog=t.fog!==null?t.fog.clone():null,this.backgroundBlurriness=t.backgroundBlurriness,this.backgroundIntensity=t.backgroundIntensity,this.backgroundRotation.copy(t.backgroundRotation),this.environmentIntensity=t.environmentIntensity,this.environmentRotation.copy(t.environmentRotation),this.overrideMaterial=t.overrideMaterial!==null?t.overrideMaterial.clone():null,this.matrixAutoUpdate=t.matrixAutoUpdate,this}toJSON(t){let e=super.toJSON(t);return this.fog!==null&&(e.object.fog=this.fog.toJSON()),e.object.backgroundBlurriness=this.backgroundBlurriness,e.object.backgroundIntensity=this.backgroundIntensity,e.object.backgroundRotation=this.backgroundRotation.toArray(),e.object.environmentIntensity=this.environmentIntensity,e.object.environmentRotation=this.environmentRotation.toArray(),e}},Yi=new W,Vs=new W,ud=new W,Gs=new W,Do=new W,Uo=new W,z0=new W,fd=new W,dd=new W,pd=new W,md=new Ce,gd=new Ce,xd=new Ce,gr=class n{constructor(t=new W,e=new W,i=new W){this.a=t,this.b=e,this.c=i}static getNormal(t,e,i,s){s.subVectors(i,e),Yi.subVectors(t,e),s.cross(Yi);let r=s.lengthSq();return r>0?s.multiplyScalar(1/Math.sqrt(r)):s.set(0,0,0)}static getBarycoord(t,e,i,s,r){Yi.subVectors(s,e),Vs.subVectors(i,e),ud.subVectors(t,e);let o=Yi.dot(Yi),a=Yi.dot(Vs),c=Yi.dot(ud),l=Vs.dot(Vs),h=Vs.dot(ud),u=o*l-a*a;if(u===0)return r.set(0,0,0),null;let f=1/u,d=(l*c-a*h)*f,p=(o*h-a*c)*f;return r.set(1-d-p,p,d)}static containsPoint(t,e,i,s){return this.getBarycoord(t,e,i,s,Gs)===null?!1:Gs.x>=0&&Gs.y>=0&&Gs.x+Gs.y<=1}static getInterpolation(t,e,i,s,r,o,a,c){return this.getBarycoord(t,e,i,s,Gs)===null?(c.x=0,c.y=0,"z"in c&&(c.z=0),"w"in c&&(c.w=0),null):(c.setScalar(0),c.addScaledVector(r,Gs.x),c.addScaledVector(o,Gs.y),c.addScaledVector(a,Gs.z),c)}static getInterpolatedAttribute(t,e,i,s,r,o){return md.setScalar(0),gd.setScalar(0),xd.setScalar(0),md.fromBufferAttribute(t,e),gd.fromBufferAttribute(t,i),xd.fromBufferAttribute(t,s),o.setScalar(0),o.addScaledVector(md,r.x),o.addScaledVector(gd,r.y),o.addScaledVector(xd,r.z),o}static isFrontFacing(t,e,i,s){return Yi.subVectors(i,e),Vs.subVectors(t,e),Yi.cross(Vs).dot(s)<0}set(t,e,i){return this.a.copy(t),this.b.copy(e),this.c.copy(i),this}setFromPointsAndIndices(t,e,i,s){return this.a.copy(t[e]),this.b.copy(t[i]),this.c.copy(t[s]),this}setFromAttributeAndIndices(t,e,i,s){return this.a.fromBufferAttribute(t,e),this.b.fromBufferAttribute(t,i),this.c.fromBufferAttribute(t,s),this}clone(){return new this.constructor().copy(this)}copy(t){return this.a.copy(t.a),this.b.copy(t.b),this.c.copy(t.c),this}getArea(){return Yi.subVectors(this.c,this.b),Vs.subVectors(this.a,this.b),Yi.cross(Vs).length()*.5}getMidpoint(t){return t.addVectors(this.a,this.b).add(this.c).multiplyScalar(1/3)}getNormal(t){return n.getNormal(this.a,this.b,this.c,t)}getPlane(t){return t.setFromCoplanarPoints(this.a,this.b,this.c)}getBarycoord(t,e){return n.getBarycoord(t,this.a,this.b,this.c,e)}getInterpolation(t,e,i,s,r){return n.getInterpolation(t,this.a,this.b,this.c,e,i,s,r)}containsPoint(t){return n.containsPoint(t,this.a,this.b,this.c)}isFrontFacing(t){return n.isFrontFacing(this.a,this.b,this.c,t)}intersectsBox(t){return t.intersectsTriangle(this)}closestPointToPoint(t,e){let i=this.a,s=this.b,r=this.c,o,a;Do.subVectors(s,i),Uo.subVectors(r,i),fd.subVectors(t,i);let c=Do.dot(fd),l=Uo.dot(fd);if(c<=0&&l<=0)return e.copy(i);dd.subVectors(t,s);let h=Do.dot(dd),u=Uo.dot(dd);if(h>=0&&u<=h)return e.copy(s);let f=c*u-h*l;if(f<=0&&c>=0&&h<=0&&c-h>0)return o=c/(c-h),e.copy(i).addScaledVector(Do,o);pd.subVectors(t,r);let d=Do.dot(pd),p=Uo.dot(pd);if(p>=0&&d<=p)return e.copy(r);let x=d*l-c*p;if(x<=0&&l>=0&&p<=0)return a=l/(l-p),e.copy(i).addScaledVector(Uo,a);let m=h*p-d*u;if(m<=0&&u-h>=0&&d-p>=0)return z0.subVectors(r,s),a=(u-h)/(u-h+(d-p)),e.copy(s).addScaledVector(z0,a);let g=1/(m+x+f);return o=x*g,a=f*g,e.copy(i).addScaledVector(Do,o).addScaledVector(Uo,a)}equals(t){return t.a.equals(this.a)&&t.b.equals(this.b)&&t.c.equals(this.c)}},Qn=class{constructor(t=new W(1/0,1/0,1/0),e=new W(-1/0,-1/0,-1/0)){this.isBox3=!0,this.min=t,this.max=e}set(t,e){return this.min.copy(t),this.max.copy(e),this}setFromArray(t){this.makeEmpty();for(let e=0,i=t.length;e<i;e+=3)this.expandByPoint(Zi.fromArray(t,e));return this}setFromBufferAttribute(t){this.makeEmpty();for(let e=0,i=t.count;e<i;e++)this.expandByPoint(Zi.fromBufferAttribute(t,e));return this}setFromPoints(t){this.makeEmpty();for(let e=0,i=t.length;e<i;e++)this.expandByPoint(t[e]);return this}setFromCenterAndSize(t,e){let i=Zi.copy(e).multiplyScalar(.5);return this.min.copy(t).sub(i),this.max.copy(t).add(i),this}setFromObject(t,e=!1){return this.makeEmpty(),this.expandByObject(t,e)}clone(){return new this.constructor().copy(this)}copy(t){return this.min.copy(t.min),this.max.copy(t.max),this}makeEmpty(){return this.min.x=this.min.y=this.min.z=1/0,this.max.x=this.max.y=this.max.z=-1/0,this}isEmpty(){return this.max.x<this.min.x||this.max.y<this.min.y||this.max.z<this.min.z}getCenter(t){return this.isEmpty()?t.set(0,0,0):t.addVectors(this.min,this.max).multiplyScalar(.5)}getSize(t){return this.isEmpty()?t.set(0,0,0):t.subVectors(this.max,this.min)}expandByPoint(t){return this.min.min(t),this.max.max(t),this}expandByVector(t){return this.min.sub(t),this.max.add(t),this}expandByScalar(t){return this.min.addScalar(-t),this.max.addScalar(t),this}expandByObject(t,e=!1){t.updateWorldMatrix(!1,!1);let i=t.geometry;if(i!==void 0){let r=i.getAttribute("position");if(e===!0&&r!==void 0&&t.isInstancedMesh!==!0&&t.isBatchedMesh!==!0)for(let o=0,a=r.count;o<a;o++)t.isMesh===!0?t.getVertexPosition(o,Zi):Zi.fromBufferAttribute(r,o),Zi.applyMatrix4(t.matrixWorld),this.expandByPoint(Zi);else t.boundingBox!==void 0?(t.boundingBox===null&&t.computeBoundingBox(),Fc.copy(t.boundingBox)):(i.boundingBox===null&&i.computeBoundingBox(),Fc.copy(i.boundingBox)),Fc.applyMatrix4(t.matrixWorld),this.union(Fc)}let s=t.children;for(let r=0,o=s.length;r<o;r++)this.expandByObject(s[r],e);return this}containsPoint(t){return t.x>=this.min.x&&t.x<=this.max.x&&t.y>=this.min.y&&t.y<=this.max.y&&t.z>=this.min.z&&t.z<=this.max.z}containsBox(t){return this.min.x<=t.min.x&&t.max.x<=this.max.x&&this.min.y<=t.min.y&&t.max.y<=this.max.y&&this.min.z<=t.min.z&&t.max.z<=this.max.z}getParameter(t,e){return e.set((t.x-this.min.x)/(this.max.x-this.min.x),(t.y-this.min.y)/(this.max.y-this.min.y),(t.z-this.min.z)/(this.max.z-this.min.z))}intersectsBox(t){return t.max.x>=this.min.x&&t.min.x<=this.max.x&&t.max.y>=this.min.y&&t.min.y<=this.max.y&&t.max.z>=this.min.z&&t.min.z<=this.max.z}intersectsSphere(t){return this.clampPoint(t.center,Zi),Zi.distanceToSquared(t.center)<=t.radius*t.radius}intersectsPlane(t){let e,i;return t.normal.x>0?(e=t.normal.x*this.min.x,i=t.normal.x*this.max.x):(e=t.normal.x*this.max.x,i=t.normal.x*this.min.x),t.normal.y>0?(e+=t.normal.y*this.min.y,i+=t.normal.y*this.max.y):(e+=t.normal.y*this.max.y,i+=t.normal.y*this.min.y),t.normal.z>0?(e+=t.normal.z*this.min.z,i+=t.normal.z*this.max.z):(e+=t.normal.z*this.max.z,i+=t.normal.z*this.min.z),e<=-t.constant&&i>=-t.constant}intersectsTriangle(t){if(this.isEmpty())return!1;this.getCenter(Ha),Oc.subVectors(this.max,Ha),Fo.subVectors(t.a,Ha),Oo.subVectors(t.b,Ha),Bo.subVectors(t.c,Ha),dr.subVectors(Oo,Fo),pr.subVectors(Bo,Oo),Vr.subVectors(Fo,Bo);let e=[0,-dr.z,dr.y,0,-pr.z,pr.y,0,-Vr.z,Vr.y,dr.z,0,-dr.x,pr.z,0,-pr.x,Vr.z,0,-Vr.x,-dr.y,dr.x,0,-pr.y,pr.x,0,-Vr.y,Vr.x,0];return!_d(e,Fo,Oo,Bo,Oc)||(e=[1,0,0,0,1,0,0,0,1],!_d(e,Fo,Oo,Bo,Oc))?!1:(Bc.crossVectors(dr,pr),e=[Bc.x,Bc.y,Bc.z],_d(e,Fo,Oo,Bo,Oc))}clampPoint(t,e){return e.copy(t).clamp(this.min,this.max)}distanceToPoint(t){return this.clampPoint(t,Zi).distanceTo(t)}getBoundingSphere(t){return this.isEmpty()?t.makeEmpty():(this.getCenter(t.center),t.radius=this.getSize(Zi).length()*.5),t}intersect(t){return this.min.max(t.min),this.max.min(t.max),this.isEmpty()&&this.makeEmpty(),this}union(t){return this.min.min(t.min),this.max.max(t.max),this}applyMatrix4(t){return this.isEmpty()?this:(Hs[0].set(this.min.x,this.min.y,this.min.z).applyMatrix4(t),Hs[1].set(this.min.x,this.min.y,this.max.z).applyMatrix4(t),Hs[2].set(this.min.x,this.max.y,this.min.z).applyMatrix4(t),Hs[3].set(this.min.x,this.max.y,this.max.z).applyMatrix4(t),Hs[4].set(this.max.x,this.min.y,this.min.z).applyMatrix4(t),Hs[5].set(this.max.x,this.min.y,this.max.z).applyMatrix4(t),Hs[6].set(this.max.x,this.max.y,this.min.z).applyMatrix4(t),Hs[7].set(this.max.x,this.max.y,this.max.z).applyMatrix4(t),this.setFromPoints(Hs),this)}translate(t){return this.min.add(t),this.max.add(t),this}equals(t){return t.min.equals(this.min)&&t.max.equals(this.max)}toJSON(){return{min:this.min.toArray(),max:this.max.toArray()}}fromJSON(t){return this.min.fromArray(t.min),this.max.fromArray(t.max),this}},Hs=[new W,new W,new W,new W,new W,new W,new W,new W],Zi=new W,Fc=new Qn,Fo=new W,Oo=new W,Bo=new W,dr=new W,pr=new W,Vr=new W,Ha=new W,Oc=new W,Bc=new W,Gr=new W;function _d(n,t,e,i,s){for(let r=0,o=n.length-3;r<=o;r+=3){Gr.fromArray(n,r);let a=s.x*Math.abs(Gr.x)+s.y*Math.abs(Gr.y)+s.z*Math.abs(Gr.z),c=t.dot(Gr),l=e.dot(Gr),h=i.dot(Gr);if(Math.max(-Math.max(c,l,h),Math.min(c,l,h))>a)return!1}return!0}var fn=new W,kc=new Yt,SM=0,Kn=class extends Ji{constructor(t,e,i=!1){if(super(),Array.isArray(t))throw new TypeError("THREE.BufferAttribute: array should be a Typed Array.");this.isBufferAttribute=!0,Object.defineProperty(this,"id",{value:SM++}),this.name="",this.array=t,this.itemSize=e,this.count=t!==void 0?t.length/e:0,this.normalized=i,this.usage=sp,this.updateRanges=[],this.gpuType=Fi,this.version=0,this._normalizationScale=t!==void 0?Eu(t):void 0}onUploadCallback(){}set needsUpdate(t){t===!0&&this.version++}setUsage(t){return this.usage=t,this}addUpdateRange(t,e){this.updateRanges.push({start:t,count:e})}clearUpdateRanges(){this.updateRanges.length=0}copy(t){return this.name=t.name,this.array=new t.array.constructor(t.array),this.itemSize=t.itemSize,this.count=t.count,this.normalized=t.normalized,this.usage=t.usage,this.gpuType=t.gpuType,this._normalizationScale=t._normalizationScale,this}copyAt(t,e,i){t*=this.itemSize,i*=e.itemSize;for(let s=0,r=this.itemSize;s<r;s++)this.array[t+s]=e.array[i+s];return this}copyArray(t){return this.array.set(t),this}applyMatrix3(t){if(this.itemSize===2)for(let e=0,i=this.count;e<i;e++)kc.fromBufferAttribute(this,e),kc.applyMatrix3(t),this.setXY(e,kc.x,kc.y);else if(this.itemSize===3)for(let e=0,i=this.count;e<i;e++)fn.fromBufferAttribute(this,e),fn.applyMatrix3(t),this.setXYZ(e,fn.x,fn.y,fn.z);return this}applyMatrix4(t){for(let e=0,i=this.count;e<i;e++)fn.fromBufferAttribute(this,e),fn.applyMatrix4(t),this.setXYZ(e,fn.x,fn.y,fn.z);return this}applyNormalMatrix(t){for(let e=0,i=this.count;e<i;e++)fn.fromBufferAttribute(this,e),fn.applyNormalMatrix(t),this.setXYZ(e,fn.x,fn.y,fn.z);return this}transformDirection(t){for(let e=0,i=this.count;e<i;e++)fn.fromBufferAttribute(this,e),fn.transformDirection(t),this.setXYZ(e,fn.x,fn.y,fn.z);return this}set(t,e=0){return this.array.set(t,e),this}getComponent(t,e){let i=this.array[t*this.itemSize+e];return this.normalized&&(i=this._denormalize(i)),i}setComponent(t,e,i){return this.normalized&&(i=this._normalize(i)),this.array[t*this.itemSize+e]=i,this}getX(t){let e=this.array[t*this.itemSize];return this.normalized&&(e=this._denormalize(e)),e}setX(t,e){return this.normalized&&(e=this._normalize(e)),this.array[t*this.itemSize]=e,this}getY(t){let e=this.array[t*this.itemSize+1];return this.normalized&&(e=this._denormalize(e)),e}setY(t,e){return this.normalized&&(e=this._normalize(e)),this.array[t*this.itemSize+1]=e,this}getZ(t){let e=this.array[t*this.itemSize+2];return this.normalized&&(e=this._denormalize(e)),e}setZ(t,e){return this.normalized&&(e=this._normalize(e)),this.array[t*this.itemSize+2]=e,this}getW(t){let e=this.array[t*this.itemSize+3];return this.normalized&&(e=this._denormalize(e)),e}setW(t,e){return this.normalized&&(e=this._normalize(e)),this.array[t*this.itemSize+3]=e,this}setXY(t,e,i){return t*=this.itemSize,this.normalized&&(e=this._normalize(e),i=this._normalize(i)),this.array[t+0]=e,this.array[t+1]=i,this}setXYZ(t,e,i,s){return t*=this.itemSize,this.normalized&&(e=this._normalize(e),i=this._normalize(i),s=this._normalize(s)),this.array[t+0]=e,this.array[t+1]=i,this.array[t+2]=s,this}setXYZW(t,e,i,s,r){return t*=this.itemSize,this.normalized&&(e=this._normalize(e),i=this._normalize(i),s=this._normalize(s),r=this._normalize(r)),this.array[t+0]=e,this.array[t+1]=i,this.array[t+2]=s,this.array[t+3]=r,this}onUpload(t){return this.onUploadCallback=t,this}clone(){return new this.constructor(this.array,this.itemSize).copy(this)}toJSON(){let t={itemSize:this.itemSize,type:this.array.constructor.name,array:Array.from(this.array),normalized:this.normalized};return t.name=this.name,t.usage=this.usage,t.gpuType=this.gpuType,t}dispose(){this.dispatchEvent({type:"dispose"})}_denormalize(t){let e=this._normalizationScale;return e!==void 0?Math.max(t/e,-1):lp(t,this.array)}_normalize(t){let e=this._normalizationScale;return e!==void 0?Math.round(t*e):cp(t,this.array)}};var rl=class extends Kn{constructor(t,e,i){super(new Uint16Array(t),e,i)}};var ol=class extends Kn{constructor(t,e,i){super(new Uint32Array(t),e,i)}};var rn=class extends Kn{constructor(t,e,i){super(new Float32Array(t),e,i)}},wM=new Qn,Wa=new W,yd=new W,vi=class{constructor(t=new W,e=-1){this.isSphere=!0,this.center=t,this.radius=e}set(t,e){return this.center.copy(t),this.radius=e,this}setFromPoints(t,e){let i=this.center;e!==void 0?i.copy(e):wM.setFromPoints(t).getCenter(i);let s=0;for(let r=0,o=t.length;r<o;r++)s=Math.max(s,i.distanceToSquared(t[r]));return this.radius=Math.sqrt(s),this}copy(t){return this.center.copy(t.center),this.radius=t.radius,this}isEmpty(){return this.radius<0}makeEmpty(){return this.center.set(0,0,0),this.radius=-1,this}containsPoint(t){return t.distanceToSquared(this.center)<=this.radius*this.radius}distanceToPoint(t){return t.distanceTo(this.center)-this.radius}intersectsSphere(t){let e=this.radius+t.radius;return t.center.distanceToSquared(this.center)<=e*e}intersectsBox(t){return t.intersectsSphere(this)}intersectsPlane(t){return Math.abs(t.distanceToPoint(this.center))<=this.radius}clampPoint(t,e){let i=this.center.distanceToSquared(t);return e.copy(t),i>this.radius*this.radius&&(e.sub(this.center).normalize(),e.multiplyScalar(this.radius).add(this.center)),e}getBoundingBox(t){return this.isEmpty()?(t.makeEmpty(),t):(t.set(this.center,this.center),t.expandByScalar(this.radius),t)}applyMatrix4(t){return this.center.applyMatrix4(t),this.radius=this.radius*t.getMaxScaleOnAxis(),this}translate(t){return this.center.add(t),this}expandByPoint(t){if(this.isEmpty())return this.center.copy(t),this.radius=0,this;Wa.subVectors(t,this.center);let e=Wa.lengthSq();if(e>this.radius*this.radius){let i=Math.sqrt(e),s=(i-this.radius)*.5;this.center.addScaledVector(Wa,s/i),this.radius+=s}return this}union(t){return t.isEmpty()?this:this.isEmpty()?(this.copy(t),this):(this.center.equals(t.center)===!0?this.radius=Math.max(this.radius,t.radius):(yd.subVectors(t.center,this.center).setLength(t.radius),this.expandByPoint(Wa.copy(t.center).add(yd)),this.expandByPoint(Wa.copy(t.center).sub(yd))),this)}equals(t){return t.center.equals(this.center)&&t.radius===this.radius}clone(){return new this.constructor().copy(this)}toJSON(){return{radius:this.radius,center:this.center.toArray()}}fromJSON(t){return this.radius=t.radius,this.center.fromArray(t.center),this}},AM=0,Ii=new ve,bd=new kn,ko=new W,xi=new Qn,Xa=new Qn,Rn=new W,zn=class n extends Ji{constructor(){super(),this.isBufferGeometry=!0,Object.defineProperty(this,"id",{value:AM++}),this.uuid=Tr(),this.name="",this.type="BufferGeometry",this.index=null,this.indirect=null,this.indirectOffset=0,this.attributes={},this.morphAttributes={},this.morphTargetsRelative=!1,this.groups=[],this.boundingBox=null,this.boundingSphere=null,this.drawRange={start:0,count:1/0},this.userData={},this._transformed=!1}getIndex(){return this.index}setIndex(t){return Array.isArray(t)?this.index=new(J1(t)?ol:rl)(t,1):this.index=t,this}setIndirect(t,e=0){return this.indirect=t,this.indirectOffset=e,this}getIndirect(){return this.indirect}getAttribute(t){return this.attributes[t]}setAttribute(t,e){return this.attributes[t]=e,this}deleteAttribute(t){return delete this.attributes[t],this}hasAttribute(t){return this.attributes[t]!==void 0}addGroup(t,e,i=0){this.groups.push({start:t,count:e,materialIndex:i})}clearGroups(){this.groups=[]}setDrawRange(t,e){this.drawRange.start=t,this.drawRange.count=e}applyMatrix4(t){let e=this.attributes.position;e!==void 0&&(e.applyMatrix4(t),e.needsUpdate=!0);let i=this.attributes.normal;if(i!==void 0){let r=new ee().getNormalMatrix(t);i.applyNormalMatrix(r),i.needsUpdate=!0}let s=this.attributes.tangent;return s!==void 0&&(s.transformDirection(t),s.needsUpdate=!0),this.boundingBox!==null&&this.computeBoundingBox(),this.boundingSphere!==null&&this.computeBoundingSphere(),this._transformed=!0,this}applyQuaternion(t){return Ii.makeRotationFromQuaternion(t),this.applyMatrix4(Ii),this}rotateX(t){return Ii.makeRotationX(t),this.applyMatrix4(Ii),this}rotateY(t){return Ii.makeRotationY(t),this.applyMatrix4(Ii),this}rotateZ(t){return Ii.makeRotationZ(t),this.applyMatrix4(Ii),this}translate(t,e,i){return Ii.makeTranslation(t,e,i),this.applyMatrix4(Ii),this}scale(t,e,i){return Ii.makeScale(t,e,i),this.applyMatrix4(Ii),this}lookAt(t){return bd.lookAt(t),bd.updateMatrix(),this.applyMatrix4(bd.matrix),this}center(){return this.computeBoundingBox(),this.boundingBox.getCenter(ko).negate(),this.translate(ko.x,ko.y,ko.z),this}setFromPoints(t){let e=this.getAttribute("position");if(e===void 0){let i=[];for(let s=0,r=t.length;s<r;s++){let o=t[s];i.push(o.x,o.y,o.z||0)}this.setAttribute("position",new rn(i,3))}else{let i=Math.min(t.length,e.count);for(let s=0;s<i;s++){let r=t[s];e.setXYZ(s,r.x,r.y,r.z||0)}t.length>e.count&&qt("BufferGeometry: Buffer size too small for points data. Use .dispose() and create a new geometry."),e.needsUpdate=!0}return this}computeBoundingBox(){this.boundingBox===null&&(this.boundingBox=new Qn);let t=this.attributes.position,e=this.morphAttributes.position;if(t&&t.isGLBufferAttribute){jt("BufferGeometry.computeBoundingBox(): GLBufferAttribute requires a manual bounding box.",this),this.boundingBox.set(new W(-1/0,-1/0,-1/0),new W(1/0,1/0,1/0));return}if(t!==void 0){if(this.boundingBox.setFromBufferAttribute(t),e)for(let i=0,s=e.length;i<s;i++){let r=e[i];xi.setFromBufferAttribute(r),this.morphTargetsRelative?(Rn.addVectors(this.boundingBox.min,xi.min),this.boundingBox.expandByPoint(Rn),Rn.addVectors(this.boundingBox.max,xi.max),this.boundingBox.expandByPoint(Rn)):(this.boundingBox.expandByPoint(xi.min),this.boundingBox.expandByPoint(xi.max))}}else this.boundingBox.makeEmpty();(isNaN(this.boundingBox.min.x)||isNaN(this.boundingBox.min.y)||isNaN(this.boundingBox.min.z))&&jt('BufferGeometry.computeBoundingBox(): Computed min/max have NaN values. The "position" attribute is likely to have NaN values.',this)}computeBoundingSphere(){this.boundingSphere===null&&(this.boundingSphere=new vi);let t=this.attributes.position,e=this.morphAttributes.position;if(t&&t.isGLBufferAttribute){jt("BufferGeometry.computeBoundingSphere(): GLBufferAttribute requires a manual bounding sphere.",this),this.boundingSphere.set(new W,1/0);return}if(t){let i=this.boundingSphere.center;if(xi.setFromBufferAttribute(t),e)for(let r=0,o=e.length;r<o;r++){let a=e[r];Xa.setFromBufferAttribute(a),this.morphTargetsRelative?(Rn.addVectors(xi.min,Xa.min),xi.expandByPoint(Rn),Rn.addVectors(xi.max,Xa.max),xi.expandByPoint(Rn)):(xi.expandByPoint(Xa.min),xi.expandByPoint(Xa.max))}xi.getCenter(i);let s=0;for(let r=0,o=t.count;r<o;r++)Rn.fromBufferAttribute(t,r),s=Math.max(s,i.distanceToSquared(Rn));if(e)for(let r=0,o=e.length;r<o;r++){let a=e[r],c=this.morphTargetsRelative;for(let l=0,h=a.count;l<h;l++)Rn.fromBufferAttribute(a,l),c&&(ko.fromBufferAttribute(t,l),Rn.add(ko)),s=Math.max(s,i.distanceToSquared(Rn))}this.boundingSphere.radius=Math.sqrt(s),isNaN(this.boundingSphere.radius)&&jt('BufferGeometry.computeBoundingSphere(): Computed radius is NaN. The "position" attribute is likely to have NaN values.',this)}}computeTangents(){let t=this.index,e=this.attributes;if(t===null||e.position===void 0||e.normal===void 0||e.uv===void 0){jt("BufferGeometry: .computeTangents() failed. Missing required attributes (index, position, normal or uv)");return}let i=e.position,s=e.normal,r=e.uv,o=this.getAttribute("tangent");(o===void 0||o.count!==i.count)&&(o=new Kn(new Float32Array(4*i.count),4),this.setAttribute("tangent",o));let a=[],c=[],l=new Uint8Array(i.count);for(let O=0;O<i.count;O++)a[O]=new W,c[O]=new W;let h=new W,u=new W,f=new W,d=new Yt,p=new Yt,x=new Yt,m=new W,g=new W;function b(O,I,L){l[O]=l[I]=l[L]=1,h.fromBufferAttribute(i,O),u.fromBufferAttribute(i,I),f.fromBufferAttribute(i,L),d.fromBufferAttribute(r,O),p.fromBufferAttribute(r,I),x.fromBufferAttribute(r,L),u.sub(h),f.sub(h),p.sub(d),x.sub(d);let B=1/(p.x*x.y-x.x*p.y);isFinite(B)&&(m.copy(u).multiplyScalar(x.y).addScaledVector(f,-p.y).multiplyScalar(B),g.copy(f).multiplyScalar(p.x).addScaledVector(u,-x.x).multiplyScalar(B),a[O].add(m),a[I].add(m),a[L].add(m),c[O].add(g),c[I].add(g),c[L].add(g))}let T=this.groups;T.length===0&&(T=[{start:0,count:t.count}]);for(let O=0,I=T.length;O<I;++O){let L=T[O],B=L.start,V=L.count;for(let N=B,H=B+V;N<H;N+=3)b(t.getX(N+0),t.getX(N+1),t.getX(N+2))}let v=new W,R=new W,E=new W,_=new W;function A(O){E.fromBufferAttribute(s,O),_.copy(E);let I=a[O];v.copy(I),v.sub(E.multiplyScalar(E.dot(I))).normalize(),R.crossVectors(_,I);let B=R.dot(c[O])<0?-1:1;o.setXYZW(O,v.x,v.y,v.z,B)}for(let O=0,I=i.count;O<I;++O)l[O]&&A(O);this._transformed=!0}computeVertexNormals(){let t=this.index,e=this.getAttribute("position");if(e!==void 0){let i=this.getAttribute("normal");if(i===void 0||i.count!==e.count)i=new Kn(new Float32Array(e.count*3),3),this.setAttribute("normal",i);else for(let f=0,d=i.count;f<d;f++)i.setXYZ(f,0,0,0);let s=new W,r=new W,o=new W,a=new W,c=new W,l=new W,h=new W,u=new W;if(t)for(let f=0,d=t.count;f<d;f+=3){let p=t.getX(f+0),x=t.getX(f+1),m=t.getX(f+2);s.fromBufferAttribute(e,p),r.fromBufferAttribute(e,x),o.fromBufferAttribute(e,m),h.subVectors(o,r),u.subVectors(s,r),h.cross(u),a.fromBufferAttribute(i,p),c.fromBufferAttribute(i,x),l.fromBufferAttribute(i,m),a.add(h),c.add(h),l.add(h),i.setXYZ(p,a.x,a.y,a.z),i.setXYZ(x,c.x,c.y,c.z),i.setXYZ(m,l.x,l.y,l.z)}else for(let f=0,d=e.count;f<d;f+=3)s.fromBufferAttribute(e,f+0),r.fromBufferAttribute(e,f+1),o.fromBufferAttribute(e,f+2),h.subVectors(o,r),u.subVectors(s,r),h.cross(u),i.setXYZ(f+0,h.x,h.y,h.z),i.setXYZ(f+1,h.x,h.y,h.z),i.setXYZ(f+2,h.x,h.y,h.z);this.normalizeNormals(),i.needsUpdate=!0}}normalizeNormals(){let t=this.attributes.normal;for(let e=0,i=t.count;e<i;e++)Rn.fromBufferAttribute(t,e),Rn.normalize(),t.setXYZ(e,Rn.x,Rn.y,Rn.z)}toNonIndexed(){function t(a,c){let l=a.array,h=a.itemSize,u=a.normalized,f=new l.constructor(c.length*h),d=0,p=0;for(let x=0,m=c.length;x<m;x++){a.isInterleavedBufferAttribute?d=c[x]*a.data.stride+a.offset:d=c[x]*h;for(let g=0;g<h;g++)f[p++]=l[d++]}return new Kn(f,h,u)}if(this.index===null)return qt("BufferGeometry.toNonIndexed(): BufferGeometry is already non-indexed."),this;let e=new n,i=this.index.array,s=this.attributes;for(let a in s){let c=s[a],l=t(c,i);e.setAttribute(a,l)}let r=this.morphAttributes;for(let a in r){let c=[],l=r[a];for(let h=0,u=l.length;h<u;h++){let f=l[h],d=t(f,i);c.push(d)}e.morphAttributes[a]=c}e.morphTargetsRelative=this.morphTargetsRelative;let o=this.groups;for(let a=0,c=o.length;a<c;a++){let l=o[a];e.addGroup(l.start,l.count,l.materialIndex)}return e}toJSON(){let t={metadata:{version:4.7,type:"BufferGeometry",generator:"BufferGeometry.toJSON"}};if(t.uuid=this.uuid,t.type=this.parameters!==void 0&&this._transformed===!0?"BufferGeometry":this.type,t.name=this.name,Object.keys(this.userData).length>0&&(t.userData=this.userData),this.parameters!==void 0&&this._transformed!==!0){let c=this.parameters;for(let l in c)c[l]!==void 0&&(t[l]=c[l]);return t}t.data={attributes:{}};let e=this.index;e!==null&&(t.data.index={type:e.array.constructor.name,array:Array.prototype.slice.call(e.array)});let i=this.attributes;for(let c in i){let l=i[c];t.data.attributes[c]=l.toJSON(t.data)}let s={},r=!1;for(let c in this.morphAttributes){let l=this.morphAttributes[c],h=[];for(let u=0,f=l.length;u<f;u++){let d=l[u];h.push(d.toJSON(t.data))}h.length>0&&(s[c]=h,r=!0)}r&&(t.data.morphAttributes=s,t.data.morphTargetsRelative=this.morphTargetsRelative);let o=this.groups;o.length>0&&(t.data.groups=JSON.parse(JSON.stringify(o)));let a=this.boundingSphere;return a!==null&&(t.data.boundingSphere=a.toJSON()),t}clone(){return new this.constructor().copy(this)}copy(t){this.index=null,this.attributes={},this.morphAttributes={},this.groups=[],this.boundingBox=null,this.boundingSphere=null;let e={};this.name=t.name;let i=t.index;i!==null&&this.setIndex(i.clone());let s=t.attributes;for(let l in s){let h=s[l];this.setAttribute(l,h.clone(e))}let r=t.morphAttributes;for(let l in r){let h=[],u=r[l];for(let f=0,d=u.length;f<d;f++)h.push(u[f].clone(e));this.morphAttributes[l]=h}this.morphTargetsRelative=t.morphTargetsRelative;let o=t.groups;for(let l=0,h=o.length;l<h;l++){let u=o[l];this.addGroup(u.start,u.count,u.materialIndex)}let a=t.boundingBox;a!==null&&(this.boundingBox=a.clone());let c=t.boundingSphere;return c!==null&&(this.boundingSphere=c.clone()),this.drawRange.start=t.drawRange.start,this.drawRange.count=t.drawRange.count,this.userData=t.userData,this._transformed=t._transformed,this}dispose(){this.dispatchEvent({type:"dispose"})}},_h=class{constructor(t,e){this.isInterleavedBuffer=!0,this.array=t,this.stride=e,this.count=t!==void 0?t.length/e:0,this.usage=sp,this.updateRanges=[],this.version=0,this.uuid=Tr()}onUploadCallback(){}set needsUpdate(t){t===!0&&this.version++}setUsage(t){return this.usage=t,this}addUpdateRange(t,e){this.updateRanges.push({start:t,count:e})}clearUpdateRanges(){this.updateRanges.length=0}copy(t){return this.array=new t.array.constructor(t.array),this.count=t.count,this.stride=t.stride,this.usage=t.usage,this}copyAt(t,e,i){t*=this.stride,i*=e.stride;for(let s=0,r=this.stride;s<r;s++)this.array[t+s]=e.array[i+s];return this}set(t,e=0){return this.array.set(t,e),this}clone(t){t.arrayBuffers===void 0&&(t.arrayBuffers={});let e=V0(this.array);t.arrayBuffers[e]===void 0&&(t.arrayBuffers[e]=this.array.slice(0).buffer);let i=new this.array.constructor(t.arrayBuffers[e]),s=new this.constructor(i,this.stride);return s.setUsage(this.usage),s}onUpload(t){return this.onUploadCallback=t,this}toJSON(t){t.arrayBuffers===void 0&&(t.arrayBuffers={});let e=V0(this.array);t.arrayBuffers[e]===void 0&&(t.arrayBuffers[e]=Array.from(new Uint32Array(this.array.slice(0).buffer)));let i={uuid:this.uuid,buffer:e,type:this.array.constructor.name,stride:this.stride};return i.usage=this.usage,i}};function V0(n){return n.buffer._uuid===void 0&&(n.buffer._uuid=Tr()),n.byteOffset===0&&n.byteLength===n.buffer.byteLength?n.buffer._uuid:n.buffer._uuid+":"+n.byteOffset+":"+n.byteLength}var Yn=new W,Ki=class n{constructor(t,e,i,s=!1){this.isInterleavedBufferAttribute=!0,this.name="",this.data=t,this.itemSize=e,this.offset=i,this.normalized=s,this._normalizationScale=t!==void 0?Eu(t.array):void 0}get count(){return this.data.count}get array(){return this.data.array}set needsUpdate(t){this.data.needsUpdate=t}applyMatrix4(t){for(let e=0,i=this.data.count;e<i;e++)Yn.fromBufferAttribute(this,e),Yn.applyMatrix4(t),this.setXYZ(e,Yn.x,Yn.y,Yn.z);return this}applyNormalMatrix(t){for(let e=0,i=this.count;e<i;e++)Yn.fromBufferAttribute(this,e),Yn.applyNormalMatrix(t),this.setXYZ(e,Yn.x,Yn.y,Yn.z);return this}transformDirection(t){for(let e=0,i=this.count;e<i;e++)Yn.fromBufferAttribute(this,e),Yn.transformDirection(t),this.setXYZ(e,Yn.x,Yn.y,Yn.z);return this}getComponent(t,e){let i=this.array[t*this.data.stride+this.offset+e];return this.normalized&&(i=this._denormalize(i)),i}setComponent(t,e,i){return this.normalized&&(i=this._normalize(i)),this.data.array[t*this.data.stride+this.offset+e]=i,this}setX(t,e){return this.normalized&&(e=this._normalize(e)),this.data.array[t*this.data.stride+this.offset]=e,this}setY(t,e){return this.normalized&&(e=this._normalize(e)),this.data.array[t*this.data.stride+this.offset+1]=e,this}setZ(t,e){return this.normalized&&(e=this._normalize(e)),this.data.array[t*this.data.stride+this.offset+2]=e,this}setW(t,e){return this.normalized&&(e=this._normalize(e)),this.data.array[t*this.data.stride+this.offset+3]=e,this}getX(t){let e=this.data.array[t*this.data.stride+this.offset];return this.normalized&&(e=this._denormalize(e)),e}getY(t){let e=this.data.array[t*this.data.stride+this.offset+1];return this.normalized&&(e=this._denormalize(e)),e}getZ(t){let e=this.data.array[t*this.data.stride+this.offset+2];return this.normalized&&(e=this._denormalize(e)),e}getW(t){let e=this.data.array[t*this.data.stride+this.offset+3];return this.normalized&&(e=this._denormalize(e)),e}setXY(t,e,i){return t=t*this.data.stride+this.offset,this.normalized&&(e=this._normalize(e),i=this._normalize(i)),this.data.array[t+0]=e,this.data.array[t+1]=i,this}setXYZ(t,e,i,s){return t=t*this.data.stride+this.offset,this.normalized&&(e=this._normalize(e),i=this._normalize(i),s=this._normalize(s)),this.data.array[t+0]=e,this.data.array[t+1]=i,this.data.array[t+2]=s,this}setXYZW(t,e,i,s,r){return t=t*this.data.stride+this.offset,this.normalized&&(e=this._normalize(e),i=this._normalize(i),s=this._normalize(s),r=this._normalize(r)),this.data.array[t+0]=e,this.data.array[t+1]=i,this.data.array[t+2]=s,this.data.array[t+3]=r,this}clone(t){if(t===void 0){nl("InterleavedBufferAttribute.clone(): Cloning an interleaved buffer attribute will de-interleave buffer data.");let e=[];for(let i=0;i<this.count;i++){let s=i*this.data.stride+this.offset;for(let r=0;r<this.itemSize;r++)e.push(this.data.array[s+r])}return new Kn(new this.array.constructor(e),this.itemSize,this.normalized)}else return t.interleavedBuffers===void 0&&(t.interleavedBuffers={}),t.interleavedBuffers[this.data.uuid]===void 0&&(t.interleavedBuffers[this.data.uuid]=this.data.clone(t)),new n(t.interleavedBuffers[this.data.uuid],this.itemSize,this.offset,this.normalized)}toJSON(t){if(t===void 0){nl("InterleavedBufferAttribute.toJSON(): Serializing an interleaved buffer attribute will de-interleave buffer data.");let e=[];for(let i=0;i<this.count;i++){let s=i*this.data.stride+this.offset;for(let r=0;r<this.itemSize;r++)e.push(this.data.array[s+r])}return{itemSize:this.itemSize,type:this.array.constructor.name,array:e,normalized:this.normalized}}else return t.interleavedBuffers===void 0&&(t.interleavedBuffers={}),t.interleavedBuffers[this.data.uuid]===void 0&&(t.interleavedBuffers[this.data.uuid]=this.data.toJSON(t)),{isInterleavedBufferAttribute:!0,itemSize:this.itemSize,data:this.data.uuid,offset:this.offset,normalized:this.normalized}}_denormalize(t){let e=this._normalizationScale;return e!==void 0?Math.max(t/e,-1):lp(t,this.data.array)}_normalize(t){let e=this._normalizationScale;return e!==void 0?Math.round(t*e):cp(t,this.data.array)}},vd=new W,EM=new W,TM=new ee,_i=class{constructor(t=new W(1,0,0),e=0){this.isPlane=!0,this.normal=t,this.constant=e}set(t,e){return this.normal.copy(t),this.constant=e,this}setComponents(t,e,i,s){return this.normal.set(t,e,i),this.constant=s,this}setFromNormalAndCoplanarPoint(t,e){return this.normal.copy(t),this.constant=-e.dot(this.normal),this}setFromCoplanarPoints(t,e,i){let s=vd.subVectors(i,e).cross(EM.subVectors(t,e)).normalize();return this.setFromNormalAndCoplanarPoint(s,t),this}copy(t){return this.normal.copy(t.normal),this.constant=t.constant,this}normalize(){let t=1/this.normal.length();return this.normal.multiplyScalar(t),this.constant*=t,this}negate(){return this.constant*=-1,this.normal.negate(),this}distanceToPoint(t){return this.normal.dot(t)+this.constant}distanceToSphere(t){return this.distanceToPoint(t.center)-t.radius}projectPoint(t,e){return e.copy(t).addScaledVector(this.normal,-this.distanceToPoint(t))}intersectLine(t,e,i=!0){let s=t.delta(vd),r=this.normal.dot(s);if(r===0)return this.distanceToPoint(t.start)===0?e.copy(t.start):null;let o=-(t.start.dot(this.normal)+this.constant)/r;return i===!0&&(o<0||o>1)?null:e.copy(t.start).addScaledVector(s,o)}intersectsLine(t){let e=this.distanceToPoint(t.start),i=this.distanceToPoint(t.end);return e<0&&i>0||i<0&&e>0}intersectsBox(t){return t.intersectsPlane(this)}intersectsSphere(t){return t.intersectsPlane(this)}coplanarPoint(t){return t.copy(this.normal).multiplyScalar(-this.constant)}applyMatrix4(t,e){let i=e||TM.getNormalMatrix(t),s=this.coplanarPoint(vd).applyMatrix4(t),r=this.normal.applyMatrix3(i).normalize();return this.constant=-s.dot(r),this}translate(t){return this.constant-=t.dot(this.normal),this}equals(t){return t.normal.equals(this.normal)&&t.constant===this.constant}clone(){return new this.constructor().copy(this)}toJSON(){return{normal:this.normal.toArray(),constant:this.constant}}fromJSON(t){return this.normal.fromArray(t.normal),this.constant=t.constant,this}},RM=0,Ys=class extends Ji{constructor(){super(),this.isMaterial=!0,Object.defineProperty(this,"id",{value:RM++}),this.uuid=Tr(),this.name="",this.type="Material",this.blending=oa,this.side=Ar,this.vertexColors=!1,this.opacity=1,this.transparent=!1,this.alphaHash=!1,this.blendSrc=kd,this.blendDst=zd,this.blendEquation=Yr,this.blendSrcAlpha=null,this.blendDstAlpha=null,this.blendEquationAlpha=null,this.blendColor=new ae(0,0,0),this.blendAlpha=0,this.depthFunc=$o,this.depthTest=!0,this.depthWrite=!0,this.stencilWriteMask=255,this.stencilFunc=Ux,this.stencilRef=0,this.stencilFuncMask=255,this.stencilFail=sh,this.stencilZFail=sh,this.stencilZPass=sh,this.stencilWrite=!1,this.clippingPlanes=null,this.clipIntersection=!1,this.clipShadows=!1,this.shadowSide=null,this.colorWrite=!0,this.precision=null,this.polygonOffset=!1,this.polygonOffsetFactor=0,this.polygonOffsetUnits=0,this.dithering=!1,this.alphaToCoverage=!1,this.premultipliedAlpha=!1,this.forceSinglePass=!1,this.allowOverride=!0,this.visible=!0,this.toneMapped=!0,this.userData={},this.version=0,this._alphaTest=0}get alphaTest(){return this._alphaTest}set alphaTest(t){this._alphaTest>0!=t>0&&this.version++,this._alphaTest=t}onBeforeRender(){}onBeforeCompile(){}customProgramCacheKey(){return this.onBeforeCompile.toString()}setValues(t){if(t!==void 0)for(let e in t){let i=t[e];if(i===void 0){qt(`Material: parameter '${e}' has value of undefined.`);continue}let s=this[e];if(s===void 0){qt(`Material: '${e}' is not a property of THREE.${this.type}.`);continue}s&&s.isColor?s.set(i):s&&s.isVector2&&i&&i.isVector2||s&&s.isEuler&&i&&i.isEuler||s&&s.isVector3&&i&&i.isVector3?s.copy(i):this[e]=i}}toJSON(t){let e=t===void 0||typeof t=="string";e&&(t={textures:{},images:{}});let i={metadata:{version:4.7,type:"Material",generator:"Material.toJSON"}};i.uuid=this.uuid,i.type=this.type,i.blending=this.blending,i.side=this.side,i.shadowSide=this.shadowSide,i.vertexColors=this.vertexColors,i.opacity=this.opacity,i.transparent=this.transparent,i.blendSrc=this.blendSrc,i.blendDst=this.blendDst,i.blendEquation=this.blendEquation,i.blendSrcAlpha=this.blendSrcAlpha,i.blendDstAlpha=this.blendDstAlpha,i.blendEquationAlpha=this.blendEquationAlpha,i.blendColor=this.blendColor.getHex(),i.blendAlpha=this.blendAlpha,i.depthFunc=this.depthFunc,i.depthTest=this.depthTest,i.depthWrite=this.depthWrite,i.colorWrite=this.colorWrite,i.clipIntersection=this.clipIntersection,i.clipShadows=this.clipShadows,i.stencilWriteMask=this.stencilWriteMask,i.stencilFunc=this.stencilFunc,i.stencilRef=this.stencilRef,i.stencilFuncMask=this.stencilFuncMask,i.stencilFail=this.stencilFail,i.stencilZFail=this.stencilZFail,i.stencilZPass=this.stencilZPass,i.stencilWrite=this.stencilWrite,i.polygonOffset=this.polygonOffset,i.polygonOffsetFactor=this.polygonOffsetFactor,i.polygonOffsetUnits=this.polygonOffsetUnits,i.dithering=this.dithering,i.alphaTest=this.alphaTest,i.alphaHash=this.alphaHash,i.alphaToCoverage=this.alphaToCoverage,i.premultipliedAlpha=this.premultipliedAlpha,i.forceSinglePass=this.forceSinglePass,i.allowOverride=this.allowOverride,i.visible=this.visible,i.toneMapped=this.toneMapped,i.name=this.name,this.color&&this.color.isColor&&(i.color=this.color.getHex()),this.roughness!==void 0&&(i.roughness=this.roughness),this.metalness!==void 0&&(i.metalness=this.metalness),this.sheen!==void 0&&(i.sheen=this.sheen),this.sheenColor&&this.sheenColor.isColor&&(i.sheenColor=this.sheenColor.getHex()),this.sheenRoughness!==void 0&&(i.sheenRoughness=this.sheenRoughness),this.emissive&&this.emissive.isColor&&(i.emissive=this.emissive.getHex()),this.emissiveIntensity!==void 0&&(i.emissiveIntensity=this.emissiveIntensity),this.specular&&this.specular.isColor&&(i.specular=this.specular.getHex()),this.specularIntensity!==void 0&&(i.specularIntensity=this.specularIntensity),this.specularColor&&this.specularColor.isColor&&(i.specularColor=this.specularColor.getHex()),this.shininess!==void 0&&(i.shininess=this.shininess),this.clearcoat!==void 0&&(i.clearcoat=this.clearcoat),this.clearcoatRoughness!==void 0&&(i.clearcoatRoughness=this.clearcoatRoughness),this.diffuseRoughness!==void 0&&(i.diffuseRoughness=this.diffuseRoughness),this.diffuseRoughnessMap&&this.diffuseRoughnessMap.isTexture&&(i.diffuseRoughnessMap=this.diffuseRoughnessMap.toJSON(t).uuid),this.clearcoatMap&&this.clearcoatMap.isTexture&&(i.clearcoatMap=this.clearcoatMap.toJSON(t).uuid),this.clearcoatRoughnessMap&&this.clearcoatRoughnessMap.isTexture&&(i.clearcoatRoughnessMap=this.clearcoatRoughnessMap.toJSON(t).uuid),this.clearcoatNormalMap&&this.clearcoatNormalMap.isTexture&&(i.clearcoatNormalMap=this.clearcoatNormalMap.toJSON(t).uuid,i.clearcoatNormalScale=this.clearcoatNormalScale.toArray()),this.sheenColorMap&&this.sheenColorMap.isTexture&&(i.sheenColorMap=this.sheenColorMap.toJSON(t).uuid),this.sheenRoughnessMap&&this.sheenRoughnessMap.isTexture&&(i.sheenRoughnessMap=this.sheenRoughnessMap.toJSON(t).uuid),this.dispersion!==void 0&&(i.dispersion=this.dispersion),this.retroreflectivity!==void 0&&(i.retroreflectivity=this.retroreflectivity),this.iridescence!==void 0&&(i.iridescence=this.iridescence),this.iridescenceIOR!==void 0&&(i.iridescenceIOR=this.iridescenceIOR),this.iridescenceThicknessMinimum!==void 0&&(i.iridescenceThicknessMinimum=this.iridescenceThicknessMinimum),this.iridescenceThicknessMaximum!==void 0&&(i.iridescenceThicknessMaximum=this.iridescenceThicknessMaximum),this.iridescenceMap&&this.iridescenceMap.isTexture&&(i.iridescenceMap=this.iridescenceMap.toJSON(t).uuid),this.iridescenceThicknessMap&&this.iridescenceThicknessMap.isTexture&&(i.iridescenceThicknessMap=this.iridescenceThicknessMap.toJSON(t).uuid),this.anisotropy!==void 0&&(i.anisotropy=this.anisotropy),this.anisotropyRotation!==void 0&&(i.anisotropyRotation=this.anisotropyRotation),this.anisotropyMap&&this.anisotropyMap.isTexture&&(i.anisotropyMap=this.anisotropyMap.toJSON(t).uuid),this.map&&this.map.isTexture&&(i.map=this.map.toJSON(t).uuid),this.matcap&&this.matcap.isTexture&&(i.matcap=this.matcap.toJSON(t).uuid),this.alphaMap&&this.alphaMap.isTexture&&(i.alphaMap=this.alphaMap.toJSON(t).uuid),this.lightMap&&this.lightMap.isTexture&&(i.lightMap=this.lightMap.toJSON(t).uuid,i.lightMapIntensity=this.lightMapIntensity),this.aoMap&&this.aoMap.isTexture&&(i.aoMap=this.aoMap.toJSON(t).uuid,i.aoMapIntensity=this.aoMapIntensity),this.bumpMap&&this.bumpMap.isTexture&&(i.bumpMap=this.bumpMap.toJSON(t).uuid,i.bumpScale=this.bumpScale),this.normalMap&&this.normalMap.isTexture&&(i.normalMap=this.normalMap.toJSON(t).uuid,i.normalMapType=this.normalMapType,i.normalScale=this.normalScale.toArray()),this.displacementMap&&this.displacementMap.isTexture&&(i.displacementMap=this.displacementMap.toJSON(t).uuid,i.displacementScale=this.displacementScale,i.displacementBias=this.displacementBias),this.roughnessMap&&this.roughnessMap.isTexture&&(i.roughnessMap=this.roughnessMap.toJSON(t).uuid),this.metalnessMap&&this.metalnessMap.isTexture&&(i.metalnessMap=this.metalnessMap.toJSON(t).uuid),this.emissiveMap&&this.emissiveMap.isTexture&&(i.emissiveMap=this.emissiveMap.toJSON(t).uuid),this.specularMap&&this.specularMap.isTexture&&(i.specularMap=this.specularMap.toJSON(t).uuid),this.specularIntensityMap&&this.specularIntensityMap.isTexture&&(i.specularIntensityMap=this.specularIntensityMap.toJSON(t).uuid),this.specularColorMap&&this.specularColorMap.isTexture&&(i.specularColorMap=this.specularColorMap.toJSON(t).uuid),this.envMap&&this.envMap.isTexture&&(i.envMap=this.envMap.toJSON(t).uuid,this.combine!==void 0&&(i.combine=this.combine)),this.envMapRotation!==void 0&&(i.envMapRotation=this.envMapRotation.toArray()),this.envMapIntensity!==void 0&&(i.envMapIntensity=this.envMapIntensity),this.reflectivity!==void 0&&(i.reflectivity=this.reflectivity),this.refractionRatio!==void 0&&(i.refractionRatio=this.refractionRatio),this.gradientMap&&this.gradientMap.isTexture&&(i.gradientMap=this.gradientMap.toJSON(t).uuid),this.transmission!==void 0&&(i.transmission=this.transmission),this.transmissionMap&&this.transmissionMap.isTexture&&(i.transmissionMap=this.transmissionMap.toJSON(t).uuid),this.thickness!==void 0&&(i.thickness=this.thickness),this.thicknessMap&&this.thicknessMap.isTexture&&(i.thicknessMap=this.thicknessMap.toJSON(t).uuid),this.attenuationDistance!==void 0&&(i.attenuationDistance=this.attenuationDistance),this.attenuationColor!==void 0&&(i.attenuationColor=this.attenuationColor.getHex()),this.size!==void 0&&(i.size=this.size),this.sizeAttenuation!==void 0&&(i.sizeAttenuation=this.sizeAttenuation),Array.isArray(this.clippingPlanes)&&this.clippingPlanes.length>0&&(i.clippingPlanes=this.clippingPlanes.map(r=>r.toJSON())),this.rotation!==void 0&&(i.rotation=this.rotation),this.depthPacking!==void 0&&(i.depthPacking=this.depthPacking),this.linewidth!==void 0&&(i.linewidth=this.linewidth),this.linecap!==void 0&&(i.linecap=this.linecap),this.linejoin!==void 0&&(i.linejoin=this.linejoin),this.dashSize!==void 0&&(i.dashSize=this.dashSize),this.gapSize!==void 0&&(i.gapSize=this.gapSize),this.scale!==void 0&&(i.scale=this.scale),this.wireframe!==void 0&&(i.wireframe=this.wireframe),this.wireframeLinewidth!==void 0&&(i.wireframeLinewidth=this.wireframeLinewidth),this.wireframeLinecap!==void 0&&(i.wireframeLinecap=this.wireframeLinecap),this.wireframeLinejoin!==void 0&&(i.wireframeLinejoin=this.wireframeLinejoin),this.flatShading!==void 0&&(i.flatShading=this.flatShading),this.fog!==void 0&&(i.fog=this.fog),Object.keys(this.userData).length>0&&(i.userData=this.userData);function s(r){let o=[];for(let a in r){let c=r[a];delete c.metadata,o.push(c)}return o}if(e){let r=s(t.textures),o=s(t.images);r.length>0&&(i.textures=r),o.length>0&&(i.images=o)}return i}fromJSON(t,e){if(t.uuid!==void 0&&(this.uuid=t.uuid),t.name!==void 0&&(this.name=t.name),t.color!==void 0&&this.color!==void 0&&this.color.setHex(t.color),t.roughness!==void 0&&(this.roughness=t.roughness),t.metalness!==void 0&&(this.metalness=t.metalness),t.sheen!==void 0&&(this.sheen=t.sheen),t.sheenColor!==void 0&&(this.sheenColor=new ae().setHex(t.sheenColor)),t.sheenRoughness!==void 0&&(this.sheenRoughness=t.sheenRoughness),t.emissive!==void 0&&this.emissive!==void 0&&this.emissive.setHex(t.emissive),t.specular!==void 0&&this.specular!==void 0&&this.specular.setHex(t.specular),t.specularIntensity!==void 0&&(this.specularIntensity=t.specularIntensity),t.specularColor!==void 0&&this.specularColor!==void 0&&this.specularColor.setHex(t.specularColor),t.shininess!==void 0&&(this.shininess=t.shininess),t.clearcoat!==void 0&&(this.clearcoat=t.clearcoat),t.clearcoatRoughness!==void 0&&(this.clearcoatRoughness=t.clearcoatRoughness),t.diffuseRoughness!==void 0&&(this.diffuseRoughness=t.diffuseRoughness),t.dispersion!==void 0&&(this.dispersion=t.dispersion),t.retroreflectivity!==void 0&&(this.retroreflectivity=t.retroreflectivity),t.iridescence!==void 0&&(this.iridescence=t.iridescence),t.iridescenceIOR!==void 0&&(this.iridescenceIOR=t.iridescenceIOR),t.iridescenceThicknessMinimum!==void 0&&(this.iridescenceThicknessMinimum=t.iridescenceThicknessMinimum),t.iridescenceThicknessMaximum!==void 0&&(this.iridescenceThicknessMaximum=t.iridescenceThicknessMaximum),t.iridescenceThicknessRange!==void 0&&(this.iridescenceThicknessMinimum=t.iridescenceThicknessRange[0],this.iridescenceThicknessMaximum=t.iridescenceThicknessRange[1]),t.transmission!==void 0&&(this.transmission=t.transmission),t.thickness!==void 0&&(this.thickness=t.thickness),t.attenuationDistance!==void 0&&(this.attenuationDistance=t.attenuationDistance),t.attenuationColor!==void 0&&this.attenuationColor!==void 0&&this.attenuationColor.setHex(t.attenuationColor),t.anisotropy!==void 0&&(this.anisotropy=t.anisotropy),t.anisotropyRotation!==void 0&&(this.anisotropyRotation=t.anisotropyRotation),t.fog!==void 0&&(this.fog=t.fog),t.flatShading!==void 0&&(this.flatShading=t.flatShading),t.blending!==void 0&&(this.blending=t.blending),t.combine!==void 0&&(this.combine=t.combine),t.side!==void 0&&(this.side=t.side),t.shadowSide!==void 0&&(this.shadowSide=t.shadowSide),t.opacity!==void 0&&(this.opacity=t.opacity),t.transparent!==void 0&&(this.transparent=t.transparent),t.alphaTest!==void 0&&(this.alphaTest=t.alphaTest),t.alphaHash!==void 0&&(this.alphaHash=t.alphaHash),t.depthFunc!==void 0&&(this.depthFunc=t.depthFunc),t.depthTest!==void 0&&(this.depthTest=t.depthTest),t.depthWrite!==void 0&&(this.depthWrite=t.depthWrite),t.colorWrite!==void 0&&(this.colorWrite=t.colorWrite),t.clippingPlanes!==void 0&&(this.clippingPlanes=t.clippingPlanes.map(i=>new _i().fromJSON(i))),t.clipIntersection!==void 0&&(this.clipIntersection=t.clipIntersection),t.clipShadows!==void 0&&(this.clipShadows=t.clipShadows),t.depthPacking!==void 0&&(this.depthPacking=t.depthPacking),t.blendSrc!==void 0&&(this.blendSrc=t.blendSrc),t.blendDst!==void 0&&(this.blendDst=t.blendDst),t.blendEquation!==void 0&&(this.blendEquation=t.blendEquation),t.blendSrcAlpha!==void 0&&(this.blendSrcAlpha=t.blendSrcAlpha),t.blendDstAlpha!==void 0&&(this.blendDstAlpha=t.blendDstAlpha),t.blendEquationAlpha!==void 0&&(this.blendEquationAlpha=t.blendEquationAlpha),t.blendColor!==void 0&&this.blendColor!==void 0&&this.blendColor.setHex(t.blendColor),t.blendAlpha!==void 0&&(this.blendAlpha=t.blendAlpha),t.stencilWriteMask!==void 0&&(this.stencilWriteMask=t.stencilWriteMask),t.stencilFunc!==void 0&&(this.stencilFunc=t.stencilFunc),t.stencilRef!==void 0&&(this.stencilRef=t.stencilRef),t.stencilFuncMask!==void 0&&(this.stencilFuncMask=t.stencilFuncMask),t.stencilFail!==void 0&&(this.stencilFail=t.stencilFail),t.stencilZFail!==void 0&&(this.stencilZFail=t.stencilZFail),t.stencilZPass!==void 0&&(this.stencilZPass=t.stencilZPass),t.stencilWrite!==void 0&&(this.stencilWrite=t.stencilWrite),t.wireframe!==void 0&&(this.wireframe=t.wireframe),t.wireframeLinewidth!==void 0&&(this.wireframeLinewidth=t.wireframeLinewidth),t.wireframeLinecap!==void 0&&(this.wireframeLinecap=t.wireframeLinecap),t.wireframeLinejoin!==void 0&&(this.wireframeLinejoin=t.wireframeLinejoin),t.rotation!==void 0&&(this.rotation=t.rotation),t.linewidth!==void 0&&(this.linewidth=t.linewidth),t.linecap!==void 0&&(this.linecap=t.linecap),t.linejoin!==void 0&&(this.linejoin=t.linejoin),t.dashSize!==void 0&&(this.dashSize=t.dashSize),t.gapSize!==void 0&&(this.gapSize=t.gapSize),t.scale!==void 0&&(this.scale=t.scale),t.polygonOffset!==void 0&&(this.polygonOffset=t.polygonOffset),t.polygonOffsetFactor!==void 0&&(this.polygonOffsetFactor=t.polygonOffsetFactor),t.polygonOffsetUnits!==void 0&&(this.polygonOffsetUnits=t.polygonOffsetUnits),t.dithering!==void 0&&(this.dithering=t.dithering),t.alphaToCoverage!==void 0&&(this.alphaToCoverage=t.alphaToCoverage),t.premultipliedAlpha!==void 0&&(this.premultipliedAlpha=t.premultipliedAlpha),t.forceSinglePass!==void 0&&(this.forceSinglePass=t.forceSinglePass),t.allowOverride!==void 0&&(this.allowOverride=t.allowOverride),t.visible!==void 0&&(this.visible=t.visible),t.toneMapped!==void 0&&(this.toneMapped=t.toneMapped),t.userData!==void 0&&(this.userData=t.userData),t.vertexColors!==void 0&&(typeof t.vertexColors=="number"?this.vertexColors=t.vertexColors>0:this.vertexColors=t.vertexColors),t.size!==void 0&&(this.size=t.size),t.sizeAttenuation!==void 0&&(this.sizeAttenuation=t.sizeAttenuation),t.map!==void 0&&(this.map=e[t.map]||null),t.matcap!==void 0&&(this.matcap=e[t.matcap]||null),t.alphaMap!==void 0&&(this.alphaMap=e[t.alphaMap]||null),t.bumpMap!==void 0&&(this.bumpMap=e[t.bumpMap]||null),t.bumpScale!==void 0&&(this.bumpScale=t.bumpScale),t.normalMap!==void 0&&(this.normalMap=e[t.normalMap]||null),t.normalMapType!==void 0&&(this.normalMapType=t.normalMapType),t.normalScale!==void 0){let i=t.normalScale;Array.isArray(i)===!1&&(i=[i,i]),this.normalScale=new Yt().fromArray(i)}return t.displacementMap!==void 0&&(this.displacementMap=e[t.displacementMap]||null),t.displacementScale!==void 0&&(this.displacementScale=t.displacementScale),t.displacementBias!==void 0&&(this.displacementBias=t.displacementBias),t.roughnessMap!==void 0&&(this.roughnessMap=e[t.roughnessMap]||null),t.metalnessMap!==void 0&&(this.metalnessMap=e[t.metalnessMap]||null),t.emissiveMap!==void 0&&(this.emissiveMap=e[t.emissiveMap]||null),t.emissiveIntensity!==void 0&&(this.emissiveIntensity=t.emissiveIntensity),t.specularMap!==void 0&&(this.specularMap=e[t.specularMap]||null),t.specularIntensityMap!==void 0&&(this.specularIntensityMap=e[t.specularIntensityMap]||null),t.specularColorMap!==void 0&&(this.specularColorMap=e[t.specularColorMap]||null),t.envMap!==void 0&&(this.envMap=e[t.envMap]||null),t.envMapRotation!==void 0&&this.envMapRotation.fromArray(t.envMapRotation),t.envMapIntensity!==void 0&&(this.envMapIntensity=t.envMapIntensity),t.reflectivity!==void 0&&(this.reflectivity=t.reflectivity),t.refractionRatio!==void 0&&(this.refractionRatio=t.refractionRatio),t.lightMap!==void 0&&(this.lightMap=e[t.lightMap]||null),t.lightMapIntensity!==void 0&&(this.lightMapIntensity=t.lightMapIntensity),t.aoMap!==void 0&&(this.aoMap=e[t.aoMap]||null),t.aoMapIntensity!==void 0&&(this.aoMapIntensity=t.aoMapIntensity),t.gradientMap!==void 0&&(this.gradientMap=e[t.gradientMap]||null),t.clearcoatMap!==void 0&&(this.clearcoatMap=e[t.clearcoatMap]||null),t.clearcoatRoughnessMap!==void 0&&(this.clearcoatRoughnessMap=e[t.clearcoatRoughnessMap]||null),t.clearcoatNormalMap!==void 0&&(this.clearcoatNormalMap=e[t.clearcoatNormalMap]||null),t.clearcoatNormalScale!==void 0&&(this.clearcoatNormalScale=new Yt().fromArray(t.clearcoatNormalScale)),t.diffuseRoughnessMap!==void 0&&(this.diffuseRoughnessMap=e[t.diffuseRoughnessMap]||null),t.iridescenceMap!==void 0&&(this.iridescenceMap=e[t.iridescenceMap]||null),t.iridescenceThicknessMap!==void 0&&(this.iridescenceThicknessMap=e[t.iridescenceThicknessMap]||null),t.transmissionMap!==void 0&&(this.transmissionMap=e[t.transmissionMap]||null),t.thicknessMap!==void 0&&(this.thicknessMap=e[t.thicknessMap]||null),t.anisotropyMap!==void 0&&(this.anisotropyMap=e[t.anisotropyMap]||null),t.sheenColorMap!==void 0&&(this.sheenColorMap=e[t.sheenColorMap]||null),t.sheenRoughnessMap!==void 0&&(this.sheenRoughnessMap=e[t.sheenRoughnessMap]||null),this}clone(){return new this.constructor().copy(this)}copy(t){this.name=t.name,this.blending=t.blending,this.side=t.side,this.vertexColors=t.vertexColors,this.opacity=t.opacity,this.transparent=t.transparent,this.blendSrc=t.blendSrc,this.blendDst=t.blendDst,this.blendEquation=t.blendEquation,this.blendSrcAlpha=t.blendSrcAlpha,this.blendDstAlpha=t.blendDstAlpha,this.blendEquationAlpha=t.blendEquationAlpha,this.blendColor.copy(t.blendColor),this.blendAlpha=t.blendAlpha,this.depthFunc=t.depthFunc,this.depthTest=t.depthTest,this.depthWrite=t.depthWrite,this.stencilWriteMask=t.stencilWriteMask,this.stencilFunc=t.stencilFunc,this.stencilRef=t.stencilRef,this.stencilFuncMask=t.stencilFuncMask,this.stencilFail=t.stencilFail,this.stencilZFail=t.stencilZFail,this.stencilZPass=t.stencilZPass,this.stencilWrite=t.stencilWrite;let e=t.clippingPlanes,i=null;if(e!==null){let s=e.length;i=new Array(s);for(let r=0;r!==s;++r)i[r]=e[r].clone()}return this.clippingPlanes=i,this.clipIntersection=t.clipIntersection,this.clipShadows=t.clipShadows,this.shadowSide=t.shadowSide,this.colorWrite=t.colorWrite,this.precision=t.precision,this.polygonOffset=t.polygonOffset,this.polygonOffsetFactor=t.polygonOffsetFactor,this.polygonOffsetUnits=t.polygonOffsetUnits,this.dithering=t.dithering,this.alphaTest=t.alphaTest,this.alphaHash=t.alphaHash,this.alphaToCoverage=t.alphaToCoverage,this.premultipliedAlpha=t.premultipliedAlpha,this.forceSinglePass=t.forceSinglePass,this.allowOverride=t.allowOverride,this.visible=t.visible,this.toneMapped=t.toneMapped,this.userData=JSON.parse(JSON.stringify(t.userData)),this}dispose(){this.dispatchEvent({type:"dispose"})}set needsUpdate(t){t===!0&&this.version++}};var Ws=new W,Md=new W,zc=new W,Vc=new W,xr=class{constructor(t=new W,e=new W(0,0,-1)){this.origin=t,this.direction=e}set(t,e){return this.origin.copy(t),this.direction.copy(e),this}copy(t){return this.origin.copy(t.origin),this.direction.copy(t.direction),this}at(t,e){return e.copy(this.origin).addScaledVector(this.direction,t)}lookAt(t){return this.direction.copy(t).sub(this.origin).normalize(),this}recast(t){return this.origin.copy(this.at(t,Ws)),this}closestPointToPoint(t,e){e.subVectors(t,this.origin);let i=e.dot(this.direction);return i<0?e.copy(this.origin):e.copy(this.origin).addScaledVector(this.direction,i)}distanceToPoint(t){return Math.sqrt(this.distanceSqToPoint(t))}distanceSqToPoint(t){let e=Ws.subVectors(t,this.origin).dot(this.direction);return e<0?this.origin.distanceToSquared(t):(Ws.copy(this.origin).addScaledVector(this.direction,e),Ws.distanceToSquared(t))}distanceSqToSegment(t,e,i,s){Md.copy(t).add(e).multiplyScalar(.5),zc.copy(e).sub(t).normalize(),Vc.copy(this.origin).sub(Md);let r=t.distanceTo(e)*.5,o=-this.direction.dot(zc),a=Vc.dot(this.direction),c=-Vc.dot(zc),l=Vc.lengthSq(),h=Math.abs(1-o*o),u,f,d,p;if(h>0)if(u=o*c-a,f=o*a-c,p=r*h,u>=0)if(f>=-p)if(f<=p){let x=1/h;u*=x,f*=x,d=u*(u+o*f+2*a)+f*(o*u+f+2*c)+l}else f=r,u=Math.max(0,-(o*f+a)),d=-u*u+f*(f+2*c)+l;else f=-r,u=Math.max(0,-(o*f+a)),d=-u*u+f*(f+2*c)+l;else f<=-p?(u=Math.max(0,-(-o*r+a)),f=u>0?-r:Math.min(Math.max(-r,-c),r),d=-u*u+f*(f+2*c)+l):f<=p?(u=0,f=Math.min(Math.max(-r,-c),r),d=f*(f+2*c)+l):(u=Math.max(0,-(o*r+a)),f=u>0?r:Math.min(Math.max(-r,-c),r),d=-u*u+f*(f+2*c)+l);else f=o>0?-r:r,u=Math.max(0,-(o*f+a)),d=-u*u+f*(f+2*c)+l;return i&&i.copy(this.origin).addScaledVector(this.direction,u),s&&s.copy(Md).addScaledVector(zc,f),d}intersectSphere(t,e){if(t.radius<0)return null;Ws.subVectors(t.center,this.origin);let i=Ws.dot(this.direction),s=Ws.dot(Ws)-i*i,r=t.radius*t.radius;if(s>r)return null;let o=Math.sqrt(r-s),a=i-o,c=i+o;return c<0?null:a<0?this.at(c,e):this.at(a,e)}intersectsSphere(t){return t.radius<0?!1:this.distanceSqToPoint(t.center)<=t.radius*t.radius}distanceToPlane(t){let e=t.normal.dot(this.direction);if(e===0)return t.distanceToPoint(this.origin)===0?0:null;let i=-(this.origin.dot(t.normal)+t.constant)/e;return i>=0?i:null}intersectPlane(t,e){let i=this.distanceToPlane(t);return i===null?null:this.at(i,e)}intersectsPlane(t){let e=t.distanceToPoint(this.origin);return e===0||t.normal.dot(this.direction)*e<0}intersectBox(t,e){let i,s,r,o,a,c,l=1/this.direction.x,h=1/this.direction.y,u=1/this.direction.z,f=this.origin;return l>=0?(i=(t.min.x-f.x)*l,s=(t.max.x-f.x)*l):(i=(t.max.x-f.x)*l,s=(t.min.x-f.x)*l),h>=0?(r=(t.min.y-f.y)*h,o=(t.max.y-f.y)*h):(r=(t.max.y-f.y)*h,o=(t.min.y-f.y)*h),i>o||r>s||((r>i||isNaN(i))&&(i=r),(o<s||isNaN(s))&&(s=o),u>=0?(a=(t.min.z-f.z)*u,c=(t.max.z-f.z)*u):(a=(t.max.z-f.z)*u,c=(t.min.z-f.z)*u),i>c||a>s)||((a>i||i!==i)&&(i=a),(c<s||s!==s)&&(s=c),s<0)?null:this.at(i>=0?i:s,e)}intersectsBox(t){return this.intersectBox(t,Ws)!==null}intersectTriangle(t,e,i,s,r){let o=this.origin,a=this.direction,c=a.x,l=a.y,h=a.z,u=t.x-o.x,f=t.y-o.y,d=t.z-o.z,p=e.x-o.x,x=e.y-o.y,m=e.z-o.z,g=i.x-o.x,b=i.y-o.y,T=i.z-o.z,v=Math.abs(c),R=Math.abs(l),E=Math.abs(h),_,A,O,I,L,B,V,N,H,Y,z,at;if(v>=R&&v>=E?(O=c,B=u,H=p,at=g,c>=0?(_=l,A=h,I=f,L=d,V=x,N=m,Y=b,z=T):(_=h,A=l,I=d,L=f,V=m,N=x,Y=T,z=b)):R>=E?(O=l,B=f,H=x,at=b,l>=0?(_=h,A=c,I=d,L=u,V=m,N=p,Y=T,z=g):(_=c,A=h,I=u,L=d,V=p,N=m,Y=g,z=T)):(O=h,B=d,H=m,at=T,h>=0?(_=c,A=l,I=u,L=f,V=p,N=x,Y=g,z=b):(_=l,A=c,I=f,L=u,V=x,N=p,Y=b,z=g)),O===0)return null;let Z=_/O,j=A/O,st=1/O,ft=I-Z*B,ut=L-j*B,tt=V-Z*H,mt=N-j*H,_t=Y-Z*at,Tt=z-j*at,Mt=_t*mt-Tt*tt,Ht=ft*Tt-ut*_t,se=tt*ut-mt*ft;if(s){if(Mt<0||Ht<0||se<0)return null}else if((Mt<0||Ht<0||se<0)&&(Mt>0||Ht>0||se>0))return null;let Vt=Mt+Ht+se;if(Vt===0)return null;let de=st*(Mt*B+Ht*H+se*at);return(Vt>0?de<0:de>0)?null:this.at(de/Vt,r)}applyMatrix4(t){return this.origin.applyMatrix4(t),this.direction.transformDirection(t),this}equals(t){return t.origin.equals(this.origin)&&t.direction.equals(this.direction)}clone(){return new this.constructor().copy(this)}},Xr=class extends Ys{constructor(t){super(),this.isMeshBasicMaterial=!0,this.type="MeshBasicMaterial",this.color=new ae(16777215),this.map=null,this.lightMap=null,this.lightMapIntensity=1,this.aoMap=null,this.aoMapIntensity=1,this.specularMap=null,this.alphaMap=null,this.envMap=null,this.envMapRotation=new $s,this.combine=Bh,this.reflectivity=1,this.refractionRatio=.98,this.wireframe=!1,this.wireframeLinewidth=1,this.wireframeLinecap="round",this.wireframeLinejoin="round",this.fog=!0,this.setValues(t)}copy(t){return super.copy(t),this.color.copy(t.color),this.map=t.map,this.lightMap=t.lightMap,this.lightMapIntensity=t.lightMapIntensity,this.aoMap=t.aoMap,this.aoMapIntensity=t.aoMapIntensity,this.specularMap=t.specularMap,this.alphaMap=t.alphaMap,this.envMap=t.envMap,this.envMapRotation.copy(t.envMapRotation),this.combine=t.combine,this.reflectivity=t.reflectivity,this.refractionRatio=t.refractionRatio,this.wireframe=t.wireframe,this.wireframeLinewidth=t.wireframeLinewidth,this.wireframeLinecap=t.wireframeLinecap,this.wireframeLinejoin=t.wireframeLinejoin,this.fog=t.fog,this}},G0=new ve,Hr=new xr,Gc=new vi,H0=new W,Hc=new W,Wc=new W,Xc=new W,Sd=new W,qc=new W,W0=new W,$c=new W,Pn=class extends kn{constructor(t=new zn,e=new Xr){super(),this.isMesh=!0,this.type="Mesh",this.geometry=t,this.material=e,this.morphTargetDictionary=void 0,this.morphTargetInfluences=void 0,this.count=1,this.updateMorphTargets()}copy(t,e){return super.copy(t,e),t.morphTargetInfluences!==void 0?this.morphTargetInfluences=t.morphTargetInfluences.slice():this.morphTargetInfluences=void 0,t.morphTargetDictionary!==void 0?this.morphTargetDictionary=Object.assign({},t.morphTargetDictionary):this.morphTargetDictionary=void 0,this.material=Array.isArray(t.material)?t.material.slice():t.material,this.geometry=t.geometry,this}updateMorphTargets(){let e=this.geometry.morphAttributes,i=Object.keys(e);if(i.length>0){let s=e[i[0]];if(s!==void 0){this.morphTargetInfluences=[],this.morphTargetDictionary={};for(let r=0,o=s.length;r<o;r++){let a=s[r].name||String(r);this.morphTargetInfluences.push(0),this.morphTargetDictionary[a]=r}}}}getVertexPosition(t,e){let i=this.geometry,s=i.attributes.position,r=i.morphAttributes.position,o=i.morphTargetsRelative;e.fromBufferAttribute(s,t);let a=this.morphTargetInfluences;if(r&&a){qc.set(0,0,0);for(let c=0,l=r.length;c<l;c++){let h=a[c],u=r[c];h!==0&&(Sd.fromBufferAttribute(u,t),o?qc.addScaledVector(Sd,h):qc.addScaledVector(Sd.sub(e),h))}e.add(qc)}return e}intersectsFrustum(t){return t.intersectsObject(this)}raycast(t,e){let i=this.geometry,s=this.material,r=this.matrixWorld;s!==void 0&&(i.boundingSphere===null&&i.computeBoundingSphere(),Gc.copy(i.boundingSphere),Gc.applyMatrix4(r),Hr.copy(t.ray).recast(t.near),!(Gc.containsPoint(Hr.origin)===!1&&(Hr.intersectSphere(Gc,H0)===null||Hr.origin.distanceToSquared(H0)>(t.far-t.near)**2))&&(G0.copy(r).invert(),Hr.copy(t.ray).applyMatrix4(G0),!(i.boundingBox!==null&&Hr.intersectsBox(i.boundingBox)===!1)&&this._computeIntersections(t,e,Hr)))}_computeIntersections(t,e,i){let s,r=this.geometry,o=this.material,a=r.index,c=r.attributes.position,l=r.attributes.uv,h=r.attributes.uv1,u=r.attributes.normal,f=r.groups,d=r.drawRange;if(a!==null)if(Array.isArray(o))for(let p=0,x=f.length;p<x;p++){let m=f[p],g=o[m.materialIndex],b=Math.max(m.start,d.start),T=Math.min(a.count,Math.min(m.start+m.count,d.start+d.count));for(let v=b,R=T;v<R;v+=3){let E=a.getX(v),_=a.getX(v+1),A=a.getX(v+2);s=Yc(this,g,t,i,l,h,u,E,_,A),s&&(s.faceIndex=Math.floor(v/3),s.face.materialIndex=m.materialIndex,e.push(s))}}else{let p=Math.max(0,d.start),x=Math.min(a.count,d.start+d.count);for(let m=p,g=x;m<g;m+=3){let b=a.getX(m),T=a.getX(m+1),v=a.getX(m+2);s=Yc(this,o,t,i,l,h,u,b,T,v),s&&(s.faceIndex=Math.floor(m/3),e.push(s))}}else if(c!==void 0)if(Array.isArray(o))for(let p=0,x=f.length;p<x;p++){let m=f[p],g=o[m.materialIndex],b=Math.max(m.start,d.start),T=Math.min(c.count,Math.min(m.start+m.count,d.start+d.count));for(let v=b,R=T;v<R;v+=3){let E=v,_=v+1,A=v+2;s=Yc(this,g,t,i,l,h,u,E,_,A),s&&(s.faceIndex=Math.floor(v/3),s.face.materialIndex=m.materialIndex,e.push(s))}}else{let p=Math.max(0,d.start),x=Math.min(c.count,d.start+d.count);for(let m=p,g=x;m<g;m+=3){let b=m,T=m+1,v=m+2;s=Yc(this,o,t,i,l,h,u,b,T,v),s&&(s.faceIndex=Math.floor(m/3),e.push(s))}}}};function CM(n,t,e,i,s,r,o,a){let c;if(t.side===ti?c=i.intersectTriangle(o,r,s,!0,a):c=i.intersectTriangle(s,r,o,t.side===Ar,a),c===null)return null;$c.copy(a),$c.applyMatrix4(n.matrixWorld);let l=e.ray.origin.distanceTo($c);return l<e.near||l>e.far?null:{distance:l,point:$c.clone(),object:n}}function Yc(n,t,e,i,s,r,o,a,c,l){n.getVertexPosition(a,Hc),n.getVertexPosition(c,Wc),n.getVertexPosition(l,Xc);let h=CM(n,t,e,i,Hc,Wc,Xc,W0);if(h){let u=new W;gr.getBarycoord(W0,Hc,Wc,Xc,u),s&&(h.uv=gr.getInterpolatedAttribute(s,a,c,l,u,new Yt)),r&&(h.uv1=gr.getInterpolatedAttribute(r,a,c,l,u,new Yt)),o&&(h.normal=gr.getInterpolatedAttribute(o,a,c,l,u,new W),h.normal.dot(i.direction)>0&&h.normal.multiplyScalar(-1));let f={a,b:c,c:l,normal:new W,materialIndex:0};gr.getNormal(Hc,Wc,Xc,f.normal),h.face=f,h.barycoord=u}return h}var al=class extends oi{constructor(t=null,e=1,i=1,s,r,o,a,c,l=Cn,h=Cn,u,f){super(null,o,a,c,l,h,s,r,u,f),this.isDataTexture=!0,this.image={data:t,width:e,height:i},this.generateMipmaps=!1,this.flipY=!1,this.unpackAlignment=1}};var ll=class extends Kn{constructor(t,e,i,s=1){super(t,e,i),this.isInstancedBufferAttribute=!0,this.meshPerAttribute=s}copy(t){return super.copy(t),this.meshPerAttribute=t.meshPerAttribute,this}toJSON(){let t=super.toJSON();return t.meshPerAttribute=this.meshPerAttribute,t.isInstancedBufferAttribute=!0,t}},zo=new ve,X0=new ve,Zc=[],q0=new Qn,PM=new ve,qa=new Pn,$a=new vi,cl=class extends Pn{constructor(t,e,i){super(t,e),this.isInstancedMesh=!0,this.instanceMatrix=new ll(new Float32Array(i*16),16),this.instanceColor=null,this.morphTexture=null,this.count=i,this.boundingBox=null,this.boundingSphere=null;for(let s=0;s<i;s++)this.setMatrixAt(s,PM)}computeBoundingBox(){let t=this.geometry,e=this.count;this.boundingBox===null&&(this.boundingBox=new Qn),t.boundingBox===null&&t.computeBoundingBox(),this.boundingBox.makeEmpty();for(let i=0;i<e;i++)this.getMatrixAt(i,zo),q0.copy(t.boundingBox).applyMatrix4(zo),this.boundingBox.union(q0)}computeBoundingSphere(){let t=this.geometry,e=this.count;this.boundingSphere===null&&(this.boundingSphere=new vi),t.boundingSphere===null&&t.computeBoundingSphere(),this.boundingSphere.makeEmpty();for(let i=0;i<e;i++)this.getMatrixAt(i,zo),$a.copy(t.boundingSphere).applyMatrix4(zo),this.boundingSphere.union($a)}copy(t,e){return super.copy(t,e),this.instanceMatrix.copy(t.instanceMatrix),this.morphTexture=t.morphTexture!==null?t.morphTexture.clone():null,this.instanceColor=t.instanceColor!==null?t.instanceColor.clone():null,this.count=t.count,this.boundingBox=t.boundingBox!==null?t.boundingBox.clone():null,this.boundingSphere=t.boundingSphere!==null?t.boundingSphere.clone():null,this}getColorAt(t,e){return this.instanceColor===null?e.setRGB(1,1,1):e.fromArray(this.instanceColor.array,t*3)}getMatrixAt(t,e){return e.fromArray(this.instanceMatrix.array,t*16)}getMorphAt(t,e){let i=e.morphTargetInfluences,s=this.morphTexture.source.data.data,r=i.length+1,o=t*r+1;for(let a=0;a<i.length;a++)i[a]=s[o+a]}raycast(t,e){let i=this.matrixWorld,s=this.count;if(qa.geometry=this.geometry,qa.material=this.material,qa.material!==void 0&&(this.boundingSphere===null&&this.computeBoundingSphere(),$a.copy(this.boundingSphere),$a.applyMatrix4(i),t.ray.intersectsSphere($a)!==!1))for(let r=0;r<s;r++){this.getMatrixAt(r,zo),X0.multiplyMatrices(i,zo),qa.matrixWorld=X0,qa.raycast(t,Zc);for(let o=0,a=Zc.length;o<a;o++){let c=Zc[o];c.instanceId=r,c.object=this,e.push(c)}Zc.length=0}}setColorAt(t,e){return this.instanceColor===null&&(this.instanceColor=new ll(new Float32Array(this.instanceMatrix.count*3).fill(1),3)),e.toArray(this.instanceColor.array,t*3),this}setMatrixAt(t,e){return e.toArray(this.instanceMatrix.array,t*16),this}setMorphAt(t,e){let i=e.morphTargetInfluences,s=i.length+1;this.morphTexture===null&&(this.morphTexture=new al(new Float32Array(s*this.count),s,this.count,Xh,Fi));let r=this.morphTexture.source.data.data,o=0;for(let l=0;l<i.length;l++)o+=i[l];let a=this.geometry.morphTargetsRelative?1:1-o,c=s*t;return r[c]=a,r.set(i,c+1),this}updateMorphTargets(){}dispose(){super.dispose(),this.instanceMatrix.dispose(),this.instanceColor!==null&&this.instanceColor.dispose(),this.morphTexture!==null&&(this.morphTexture.dispose(),this.morphTexture=null)}},Wr=new vi,IM=new Yt(.5,.5),Jc=new W,_r=class{constructor(t=new _i,e=new _i,i=new _i,s=new _i,r=new _i,o=new _i){this.planes=[t,e,i,s,r,o]}set(t,e,i,s,r,o){let a=this.planes;return a[0].copy(t),a[1].copy(e),a[2].copy(i),a[3].copy(s),a[4].copy(r),a[5].copy(o),this}copy(t){let e=this.planes;for(let i=0;i<6;i++)e[i].copy(t.planes[i]);return this}setFromProjectionMatrix(t,e=Li,i=!1){let s=this.planes,r=t.elements,o=r[0],a=r[1],c=r[2],l=r[3],h=r[4],u=r[5],f=r[6],d=r[7],p=r[8],x=r[9],m=r[10],g=r[11],b=r[12],T=r[13],v=r[14],R=r[15];if(s[0].setComponents(l-o,d-h,g-p,R-b).normalize(),s[1].setComponents(l+o,d+h,g+p,R+b).normalize(),s[2].setComponents(l+a,d+u,g+x,R+T).normalize(),s[3].setComponents(l-a,d-u,g-x,R-T).normalize(),i)s[4].setComponents(c,f,m,v).normalize(),s[5].setComponents(l-c,d-f,g-m,R-v).normalize();else if(s[4].setComponents(l-c,d-f,g-m,R-v).normalize(),e===Li)s[5].setComponents(l+c,d+f,g+m,R+v).normalize();else if(e===Yo)s[5].setComponents(c,f,m,v).normalize();else throw new Error("THREE.Frustum.setFromProjectionMatrix(): Invalid coordinate system: "+e);return this}intersectsObject(t){if(t.boundingSphere!==void 0)t.boundingSphere===null&&t.computeBoundingSphere(),Wr.copy(t.boundingSphere).applyMatrix4(t.matrixWorld);else{let e=t.geometry;e.boundingSphere===null&&e.computeBoundingSphere(),Wr.copy(e.boundingSphere).applyMatrix4(t.matrixWorld)}return this.intersectsSphere(Wr)}intersectsSprite(t){Wr.center.set(0,0,0);let e=IM.distanceTo(t.center);return Wr.radius=.7071067811865476+e,Wr.applyMatrix4(t.matrixWorld),this.intersectsSphere(Wr)}intersectsSphere(t){let e=this.planes,i=t.center,s=-t.radius;for(let r=0;r<6;r++)if(e[r].distanceToPoint(i)<s)return!1;return!0}intersectsBox(t){let e=this.planes;for(let i=0;i<6;i++){let s=e[i];if(Jc.x=s.normal.x>0?t.max.x:t.min.x,Jc.y=s.normal.y>0?t.max.y:t.min.y,Jc.z=s.normal.z>0?t.max.z:t.min.z,s.distanceToPoint(Jc)<0)return!1}return!0}containsPoint(t){let e=this.planes;for(let i=0;i<6;i++)if(e[i].distanceToPoint(t)<0)return!1;return!0}clone(){return new this.constructor().copy(this)}},$0=new ve,yh=class n{constructor(){this.coordinateSystem=Li,this._frustums=[],this._count=0}setFromArrayCamera(t){let e=t.cameras,i=this._frustums;for(let s=0;s<e.length;s++){let r=e[s];$0.multiplyMatrices(r.projectionMatrix,r.matrixWorldInverse),i[s]===void 0&&(i[s]=new _r),i[s].setFromProjectionMatrix($0,r.coordinateSystem,r.reversedDepth)}return this._count=e.length,this}getFrustum(t){return this._frustums[t]}intersectsObject(t){let e=this._frustums;for(let i=0;i<this._count;i++)if(e[i].intersectsObject(t))return!0;return!1}intersectsSprite(t){let e=this._frustums;for(let i=0;i<this._count;i++)if(e[i].intersectsSprite(t))return!0;return!1}intersectsSphere(t){let e=this._frustums;for(let i=0;i<this._count;i++)if(e[i].intersectsSphere(t))return!0;return!1}intersectsBox(t){let e=this._frustums;for(let i=0;i<this._count;i++)if(e[i].intersectsBox(t))return!0;return!1}containsPoint(t){let e=this._frustums;for(let i=0;i<this._count;i++)if(e[i].containsPoint(t))return!0;return!1}copy(t){this.coordinateSystem=t.coordinateSystem;let e=this._frustums,i=t._frustums;for(let s=0;s<t._count;s++)e[s]===void 0&&(e[s]=new _r),e[s].copy(i[s]);return this._count=t._count,this}clone(){return new n().copy(this)}};var qr=class extends Ys{constructor(t){super(),this.isLineBasicMaterial=!0,this.type="LineBasicMaterial",this.color=new ae(16777215),this.map=null,this.linewidth=1,this.linecap="round",this.linejoin="round",this.fog=!0,this.setValues(t)}copy(t){return super.copy(t),this.color.copy(t.color),this.map=t.map,this.linewidth=t.linewidth,this.linecap=t.linecap,this.linejoin=t.linejoin,this.fog=t.fog,this}},bh=new W,vh=new W,Y0=new ve,Ya=new xr,Kc=new vi,wd=new W,Z0=new W,Mh=class extends kn{constructor(t=new zn,e=new qr){super(),this.isLine=!0,this.type="Line",this.geometry=t,this.material=e,this.morphTargetDictionary=void 0,this.morphTargetInfluences=void 0,this.updateMorphTargets()}copy(t,e){return super.copy(t,e),t.morphTargetInfluences!==void 0?this.morphTargetInfluences=t.morphTargetInfluences.slice():this.morphTargetInfluences=void 0,t.morphTargetDictionary!==void 0?this.morphTargetDictionary=Object.assign({},t.morphTargetDictionary):this.morphTargetDictionary=void 0,this.material=Array.isArray(t.material)?t.material.slice():t.material,this.geometry=t.geometry,this}computeLineDistances(){let t=this.geometry;if(t.index===null){let e=t.attributes.position,i=[0];for(let s=1,r=e.count;s<r;s++)bh.fromBufferAttribute(e,s-1),vh.fromBufferAttribute(e,s),i[s]=i[s-1],i[s]+=bh.distanceTo(vh);t.setAttribute("lineDistance",new rn(i,1))}else qt("Line.computeLineDistances(): Computation only possible with non-indexed BufferGeometry.");return this}intersectsFrustum(t){return t.intersectsObject(this)}raycast(t,e){let i=this.geometry,s=this.matrixWorld,r=t.params.Line.threshold,o=i.drawRange;if(i.boundingSphere===null&&i.computeBoundingSphere(),Kc.copy(i.boundingSphere),Kc.applyMatrix4(s),Kc.radius+=r,t.ray.intersectsSphere(Kc)===!1)return;Y0.copy(s).invert(),Ya.copy(t.ray).applyMatrix4(Y0);let a=r/((this.scale.x+this.scale.y+this.scale.z)/3),c=a*a,l=this.isLineSegments?2:1,h=i.index,f=i.attributes.position;if(h!==null){let d=Math.max(0,o.start),p=Math.min(h.count,o.start+o.count);for(let x=d,m=p-1;x<m;x+=l){let g=h.getX(x),b=h.getX(x+1),T=jc(this,t,Ya,c,g,b,x);T&&e.push(T)}if(this.isLineLoop){let x=h.getX(p-1),m=h.getX(d),g=jc(this,t,Ya,c,x,m,p-1);g&&e.push(g)}}else{let d=Math.max(0,o.start),p=Math.min(f.count,o.start+o.count);for(let x=d,m=p-1;x<m;x+=l){let g=jc(this,t,Ya,c,x,x+1,x);g&&e.push(g)}if(this.isLineLoop){let x=jc(this,t,Ya,c,p-1,d,p-1);x&&e.push(x)}}}updateMorphTargets(){let e=this.geometry.morphAttributes,i=Object.keys(e);if(i.length>0){let s=e[i[0]];if(s!==void 0){this.morphTargetInfluences=[],this.morphTargetDictionary={};for(let r=0,o=s.length;r<o;r++){let a=s[r].name||String(r);this.morphTargetInfluences.push(0),this.morphTargetDictionary[a]=r}}}}};function jc(n,t,e,i,s,r,o){let a=n.geometry.attributes.position;if(bh.fromBufferAttribute(a,s),vh.fromBufferAttribute(a,r),e.distanceSqToSegment(bh,vh,wd,Z0)>i)return;wd.applyMatrix4(n.matrixWorld);let l=t.ray.origin.distanceTo(wd);if(!(l<t.near||l>t.far))return{distance:l,point:Z0.clone().applyMatrix4(n.matrixWorld),index:o,face:null,faceIndex:null,barycoord:null,object:n}}var J0=new W,K0=new W,ta=class extends Mh{constructor(t,e){super(t,e),this.isLineSegments=!0,this.type="LineSegments"}computeLineDistances(){let t=this.geometry;if(t.index===null){let e=t.attributes.position,i=[];for(let s=0,r=e.count;s<r;s+=2)J0.fromBufferAttribute(e,s),K0.fromBufferAttribute(e,s+1),i[s]=s===0?0:i[s-1],i[s+1]=i[s]+J0.distanceTo(K0);t.setAttribute("lineDistance",new rn(i,1))}else qt("LineSegments.computeLineDistances(): Computation only possible with non-indexed BufferGeometry.");return this}};var hl=class extends oi{constructor(t=[],e=Zr,i,s,r,o,a,c,l,h){super(t,e,i,s,r,o,a,c,l,h),this.isCubeTexture=!0,this.flipY=!1}get images(){return this.image}set images(t){this.image=t}};var Zs=class extends oi{constructor(t,e,i=ji,s,r,o,a=Cn,c=Cn,l,h=qs,u=1){if(h!==qs&&h!==Ks)throw new Error("THREE.DepthTexture: format must be either THREE.DepthFormat or THREE.DepthStencilFormat");let f={width:t,height:e,depth:u};super(f,s,r,o,a,c,h,i,l),this.isDepthTexture=!0,this.flipY=!1,this.generateMipmaps=!1,this.compareFunction=null}copy(t){return super.copy(t),this.source=new Ko(Object.assign({},t.image)),this.compareFunction=t.compareFunction,this}toJSON(t){let e=super.toJSON(t);return e.compareFunction=this.compareFunction,e}},ul=class extends Zs{constructor(t,e=ji,i=Zr,s,r,o=Cn,a=Cn,c,l=qs){let h={width:t,height:t,depth:1},u=[h,h,h,h,h,h];super(t,t,e,i,s,r,o,a,c,l),this.image=u,this.isCubeDepthTexture=!0,this.isCubeTexture=!0}get images(){return this.image}set images(t){this.image=t}},fl=class extends oi{constructor(t=null){super(),this.sourceTexture=t,this.isExternalTexture=!0}copy(t){return super.copy(t),this.sourceTexture=t.sourceTexture,this}},ea=class n extends zn{constructor(t=1,e=1,i=1,s=1,r=1,o=1){super(),this.type="BoxGeometry",this.parameters={width:t,height:e,depth:i,widthSegments:s,heightSegments:r,depthSegments:o};let a=this;s=Math.floor(s),r=Math.floor(r),o=Math.floor(o);let c=[],l=[],h=[],u=[],f=0,d=0;p("z","y","x",-1,-1,i,e,t,o,r,0),p("z","y","x",1,-1,i,e,-t,o,r,1),p("x","z","y",1,1,t,i,e,s,o,2),p("x","z","y",1,-1,t,i,-e,s,o,3),p("x","y","z",1,-1,t,e,i,s,r,4),p("x","y","z",-1,-1,t,e,-i,s,r,5),this.setIndex(c),this.setAttribute("position",new rn(l,3)),this.setAttribute("normal",new rn(h,3)),this.setAttribute("uv",new rn(u,2));function p(x,m,g,b,T,v,R,E,_,A,O){let I=v/_,L=R/A,B=v/2,V=R/2,N=E/2,H=_+1,Y=A+1,z=0,at=0,Z=new W;for(let j=0;j<Y;j++){let st=j*L-V;for(let ft=0;ft<H;ft++){let ut=ft*I-B;Z[x]=ut*b,Z[m]=st*T,Z[g]=N,l.push(Z.x,Z.y,Z.z),Z[x]=0,Z[m]=0,Z[g]=E>0?1:-1,h.push(Z.x,Z.y,Z.z),u.push(ft/_),u.push(1-j/A),z+=1}}for(let j=0;j<A;j++)for(let st=0;st<_;st++){let ft=f+st+H*j,ut=f+st+H*(j+1),tt=f+(st+1)+H*(j+1),mt=f+(st+1)+H*j;c.push(ft,ut,mt),c.push(ut,tt,mt),at+=6}a.addGroup(d,at,O),d+=at,f+=z}}copy(t){return super.copy(t),this.parameters=Object.assign({},t.parameters),this}static fromJSON(t){return new n(t.width,t.height,t.depth,t.widthSegments,t.heightSegments,t.depthSegments)}};var dl=class n extends zn{constructor(t=1,e=1,i=1,s=1){super(),this.type="PlaneGeometry",this.parameters={width:t,height:e,widthSegments:i,heightSegments:s};let r=t/2,o=e/2,a=Math.floor(i),c=Math.floor(s),l=a+1,h=c+1,u=t/a,f=e/c,d=[],p=[],x=[],m=[];for(let g=0;g<h;g++){let b=g*f-o;for(let T=0;T<l;T++){let v=T*u-r;p.push(v,-b,0),x.push(0,0,1),m.push(T/a),m.push(1-g/c)}}for(let g=0;g<c;g++)for(let b=0;b<a;b++){let T=b+l*g,v=b+l*(g+1),R=b+1+l*(g+1),E=b+1+l*g;d.push(T,v,E),d.push(v,R,E)}this.setIndex(d),this.setAttribute("position",new rn(p,3)),this.setAttribute("normal",new rn(x,3)),this.setAttribute("uv",new rn(m,2))}copy(t){return super.copy(t),this.parameters=Object.assign({},t.parameters),this}static fromJSON(t){return new n(t.width,t.height,t.widthSegments,t.heightSegments)}};var na=class n extends zn{constructor(t=1,e=32,i=16,s=0,r=Math.PI*2,o=0,a=Math.PI){super(),this.type="SphereGeometry",this.parameters={radius:t,widthSegments:e,heightSegments:i,phiStart:s,phiLength:r,thetaStart:o,thetaLength:a},e=Math.max(3,Math.floor(e)),i=Math.max(2,Math.floor(i));let c=Math.min(o+a,Math.PI),l=0,h=[],u=new W,f=new W,d=[],p=[],x=[],m=[];for(let g=0;g<=i;g++){let b=[],T=g/i,v=o+T*a,R=t*Math.cos(v),E=Math.sqrt(t*t-R*R),_=0;g===0&&o===0?_=.5/e:g===i&&c===Math.PI&&(_=-.5/e);for(let A=0;A<=e;A++){let O=A/e,I=s+O*r;u.x=-E*Math.cos(I),u.y=R,u.z=E*Math.sin(I),p.push(u.x,u.y,u.z),f.copy(u).normalize(),x.push(f.x,f.y,f.z),m.push(O+_,1-T),b.push(l++)}h.push(b)}for(let g=0;g<i;g++)for(let b=0;b<e;b++){let T=h[g][b+1],v=h[g][b],R=h[g+1][b],E=h[g+1][b+1];(g!==0||o>0)&&d.push(T,v,E),(g!==i-1||c<Math.PI)&&d.push(v,R,E)}this.setIndex(d),this.setAttribute("position",new rn(p,3)),this.setAttribute("normal",new rn(x,3)),this.setAttribute("uv",new rn(m,2))}copy(t){return super.copy(t),this.parameters=Object.assign({},t.parameters),this}static fromJSON(t){return new n(t.radius,t.widthSegments,t.heightSegments,t.phiStart,t.phiLength,t.thetaStart,t.thetaLength)}};var pl=class extends zn{constructor(t=null){if(super(),this.type="WireframeGeometry",this.parameters={geometry:t},t!==null){let e=[],i=new Set,s=new W,r=new W;if(t.index!==null){let o=t.attributes.position,a=t.index,c=t.groups;c.length===0&&(c=[{start:0,count:a.count,materialIndex:0}]);for(let l=0,h=c.length;l<h;++l){let u=c[l],f=u.start,d=u.count;for(let p=f,x=f+d;p<x;p+=3)for(let m=0;m<3;m++){let g=a.getX(p+m),b=a.getX(p+(m+1)%3);s.fromBufferAttribute(o,g),r.fromBufferAttribute(o,b),j0(s,r,i)===!0&&(e.push(s.x,s.y,s.z),e.push(r.x,r.y,r.z))}}}else{let o=t.attributes.position;for(let a=0,c=o.count/3;a<c;a++)for(let l=0;l<3;l++){let h=3*a+l,u=3*a+(l+1)%3;s.fromBufferAttribute(o,h),r.fromBufferAttribute(o,u),j0(s,r,i)===!0&&(e.push(s.x,s.y,s.z),e.push(r.x,r.y,r.z))}}this.setAttribute("position",new rn(e,3))}}copy(t){return super.copy(t),this.parameters=Object.assign({},t.parameters),this}};function j0(n,t,e){let i=`${n.x},${n.y},${n.z}-${t.x},${t.y},${t.z}`,s=`${t.x},${t.y},${t.z}-${n.x},${n.y},${n.z}`;return e.has(i)===!0||e.has(s)===!0?!1:(e.add(i),e.add(s),!0)}function Kr(n){let t={};for(let e in n){t[e]={};for(let i in n[e]){let s=n[e][i];if(Q0(s))s.isRenderTargetTexture?(qt("UniformsUtils: Textures of render targets cannot be cloned via cloneUniforms() or mergeUniforms()."),t[e][i]=null):t[e][i]=s.clone();else if(Array.isArray(s))if(Q0(s[0])){let r=[];for(let o=0,a=s.length;o<a;o++)r[o]=s[o].clone();t[e][i]=r}else t[e][i]=s.slice();else t[e][i]=s}}return t}function Vn(n){let t={};for(let e=0;e<n.length;e++){let i=Kr(n[e]);for(let s in i)t[s]=i[s]}return t}function Q0(n){return n&&(n.isColor||n.isMatrix3||n.isMatrix4||n.isVector2||n.isVector3||n.isVector4||n.isTexture||n.isQuaternion)}function LM(n){let t=[];for(let e=0;e<n.length;e++)t.push(n[e].clone());return t}function hp(n){let t=n.getRenderTarget();return t===null?n.outputColorSpace:t.isXRRenderTarget===!0?t.texture.colorSpace:_e.workingColorSpace}var Ul={clone:Kr,merge:Vn},NM=`void main() {
	gl_Position = projectionMatrix * modelViewMatrix * vec4( position, 1.0 );
}`,DM=`void main() {
	gl_FragColor = vec4( 1.0, 0.0, 0.0, 1.0 );
}`,Di=class extends Ys{constructor(t){super(),this.isShaderMaterial=!0,this.type="ShaderMaterial",this.defines={},this.uniforms={},this.uniformsGroups=[],this.vertexShader=NM,this.fragmentShader=DM,this.linewidth=1,this.wireframe=!1,this.wireframeLinewidth=1,this.fog=!1,this.lights=!1,this.clipping=!1,this.forceSinglePass=!0,this.extensions={clipCullDistance:!1,multiDraw:!1},this.defaultAttributeValues={color:[1,1,1],uv:[0,0],uv1:[0,0]},this.index0AttributeName=void 0,this.uniformsNeedUpdate=!1,this.glslVersion=null,t!==void 0&&this.setValues(t)}copy(t){return super.copy(t),this.fragmentShader=t.fragmentShader,this.vertexShader=t.vertexShader,this.uniforms=Kr(t.uniforms),this.uniformsGroups=LM(t.uniformsGroups),this.defines=Object.assign({},t.defines),this.wireframe=t.wireframe,this.wireframeLinewidth=t.wireframeLinewidth,this.fog=t.fog,this.lights=t.lights,this.clipping=t.clipping,this.extensions=Object.assign({},t.extensions),this.glslVersion=t.glslVersion,this.defaultAttributeValues=Object.assign({},t.defaultAttributeValues),this.index0AttributeName=t.index0AttributeName,this.uniformsNeedUpdate=t.uniformsNeedUpdate,this}toJSON(t){let e=super.toJSON(t);e.glslVersion=this.glslVersion,e.uniforms={};for(let s in this.uniforms){let o=this.uniforms[s].value;o&&o.isTexture?e.uniforms[s]={type:"t",value:o.toJSON(t).uuid}:o&&o.isColor?e.uniforms[s]={type:"c",value:o.getHex()}:o&&o.isVector2?e.uniforms[s]={type:"v2",value:o.toArray()}:o&&o.isVector3?e.uniforms[s]={type:"v3",value:o.toArray()}:o&&o.isVector4?e.uniforms[s]={type:"v4",value:o.toArray()}:o&&o.isMatrix3?e.uniforms[s]={type:"m3",value:o.toArray()}:o&&o.isMatrix4?e.uniforms[s]={type:"m4",value:o.toArray()}:e.uniforms[s]={value:o}}Object.keys(this.defines).length>0&&(e.defines=this.defines),e.vertexShader=this.vertexShader,e.fragmentShader=this.fragmentShader,e.lights=this.lights,e.clipping=this.clipping;let i={};for(let s in this.extensions)this.extensions[s]===!0&&(i[s]=!0);return Object.keys(i).length>0&&(e.extensions=i),e}fromJSON(t,e){if(super.fromJSON(t,e),t.uniforms!==void 0)for(let i in t.uniforms){let s=t.uniforms[i];switch(this.uniforms[i]={},s.type){case"t":this.uniforms[i].value=e[s.value]||null;break;case"c":this.uniforms[i].value=new ae().setHex(s.value);break;case"v2":this.uniforms[i].value=new Yt().fromArray(s.value);break;case"v3":this.uniforms[i].value=new W().fromArray(s.value);break;case"v4":this.uniforms[i].value=new Ce().fromArray(s.value);break;case"m3":this.uniforms[i].value=new ee().fromArray(s.value);break;case"m4":this.uniforms[i].value=new ve().fromArray(s.value);break;default:this.uniforms[i].value=s.value}}if(t.defines!==void 0&&(this.defines=t.defines),t.vertexShader!==void 0&&(this.vertexShader=t.vertexShader),t.fragmentShader!==void 0&&(this.fragmentShader=t.fragmentShader),t.glslVersion!==void 0&&(this.glslVersion=t.glslVersion),t.extensions!==void 0)for(let i in t.extensions)this.extensions[i]=t.extensions[i];return t.lights!==void 0&&(this.lights=t.lights),t.clipping!==void 0&&(this.clipping=t.clipping),this}},Sh=class extends Di{constructor(t){super(t),this.isRawShaderMaterial=!0,this.type="RawShaderMaterial"}};var ml=class extends Ys{constructor(t){super(),this.isMeshLambertMaterial=!0,this.type="MeshLambertMaterial",this.color=new ae(16777215),this.map=null,this.lightMap=null,this.lightMapIntensity=1,this.aoMap=null,this.aoMapIntensity=1,this.emissive=new ae(0),this.emissiveIntensity=1,this.emissiveMap=null,this.bumpMap=null,this.bumpScale=1,this.normalMap=null,this.normalMapType=Au,this.normalScale=new Yt(1,1),this.displacementMap=null,this.displacementScale=1,this.displacementBias=0,this.specularMap=null,this.alphaMap=null,this.envMap=null,this.envMapRotation=new $s,this.combine=Bh,this.reflectivity=1,this.envMapIntensity=1,this.refractionRatio=.98,this.wireframe=!1,this.wireframeLinewidth=1,this.wireframeLinecap="round",this.wireframeLinejoin="round",this.flatShading=!1,this.fog=!0,this.setValues(t)}copy(t){return super.copy(t),this.color.copy(t.color),this.map=t.map,this.lightMap=t.lightMap,this.lightMapIntensity=t.lightMapIntensity,this.aoMap=t.aoMap,this.aoMapIntensity=t.aoMapIntensity,this.emissive.copy(t.emissive),this.emissiveMap=t.emissiveMap,this.emissiveIntensity=t.emissiveIntensity,this.bumpMap=t.bumpMap,this.bumpScale=t.bumpScale,this.normalMap=t.normalMap,this.normalMapType=t.normalMapType,this.normalScale.copy(t.normalScale),this.displacementMap=t.displacementMap,this.displacementScale=t.displacementScale,this.displacementBias=t.displacementBias,this.specularMap=t.specularMap,this.alphaMap=t.alphaMap,this.envMap=t.envMap,this.envMapRotation.copy(t.envMapRotation),this.combine=t.combine,this.reflectivity=t.reflectivity,this.envMapIntensity=t.envMapIntensity,this.refractionRatio=t.refractionRatio,this.wireframe=t.wireframe,this.wireframeLinewidth=t.wireframeLinewidth,this.wireframeLinecap=t.wireframeLinecap,this.wireframeLinejoin=t.wireframeLinejoin,this.flatShading=t.flatShading,this.fog=t.fog,this}},wh=class extends Ys{constructor(t){super(),this.isMeshDepthMaterial=!0,this.type="MeshDepthMaterial",this.depthPacking=Nx,this.map=null,this.alphaMap=null,this.displacementMap=null,this.displacementScale=1,this.displacementBias=0,this.wireframe=!1,this.wireframeLinewidth=1,this.setValues(t)}copy(t){return super.copy(t),this.depthPacking=t.depthPacking,this.map=t.map,this.alphaMap=t.alphaMap,this.displacementMap=t.displacementMap,this.displacementScale=t.displacementScale,this.displacementBias=t.displacementBias,this.wireframe=t.wireframe,this.wireframeLinewidth=t.wireframeLinewidth,this}},Ah=class extends Ys{constructor(t){super(),this.isMeshDistanceMaterial=!0,this.type="MeshDistanceMaterial",this.map=null,this.alphaMap=null,this.displacementMap=null,this.displacementScale=1,this.displacementBias=0,this.setValues(t)}copy(t){return super.copy(t),this.map=t.map,this.alphaMap=t.alphaMap,this.displacementMap=t.displacementMap,this.displacementScale=t.displacementScale,this.displacementBias=t.displacementBias,this}};function Vo(n,t){return!n||n.constructor===t?n:typeof t.BYTES_PER_ELEMENT=="number"?new t(n):Array.prototype.slice.call(n)}function Qc(n){return n!==void 0&&n.inTangents!==void 0&&n.outTangents!==void 0}var yr=class{constructor(t,e,i,s){this.parameterPositions=t,this._cachedIndex=0,this.resultBuffer=s!==void 0?s:new e.constructor(i),this.sampleValues=e,this.valueSize=i,this.settings=null,this.DefaultSettings_={}}evaluate(t){let e=this.parameterPositions,i=this._cachedIndex,s=e[i],r=e[i-1];t:{e:{let o;n:{i:if(!(t<s)){for(let a=i+2;;){if(s===void 0){if(t<r)break i;return i=e.length,this._cachedIndex=i,this.copySampleValue_(i-1)}if(i===a)break;if(r=s,s=e[++i],t<s)break e}o=e.length;break n}if(!(t>=r)){let a=e[1];t<a&&(i=2,r=a);for(let c=i-2;;){if(r===void 0)return this._cachedIndex=0,this.copySampleValue_(0);if(i===c)break;if(s=r,r=e[--i-1],t>=r)break e}o=i,i=0;break n}break t}for(;i<o;){let a=i+o>>>1;t<e[a]?o=a:i=a+1}if(s=e[i],r=e[i-1],r===void 0)return this._cachedIndex=0,this.copySampleValue_(0);if(s===void 0)return i=e.length,this._cachedIndex=i,this.copySampleValue_(i-1)}this._cachedIndex=i,this.intervalChanged_(i,r,s)}return this.interpolate_(i,r,t,s)}getSettings_(){return this.settings||this.DefaultSettings_}copySampleValue_(t){let e=this.resultBuffer,i=this.sampleValues,s=this.valueSize,r=t*s;for(let o=0;o!==s;++o)e[o]=i[r+o];return e}interpolate_(){throw new Error("THREE.Interpolant: Call to abstract method.")}intervalChanged_(){}},Eh=class extends yr{constructor(t,e,i,s){super(t,e,i,s),this._weightPrev=-0,this._offsetPrev=-0,this._weightNext=-0,this._offsetNext=-0,this.DefaultSettings_={endingStart:Rd,endingEnd:Rd}}intervalChanged_(t,e,i){let s=this.parameterPositions,r=t-2,o=t+1,a=s[r],c=s[o];if(a===void 0)switch(this.getSettings_().endingStart){case Cd:r=t,a=2*e-i;break;case Pd:r=s.length-2,a=e+s[r]-s[r+1];break;default:r=t,a=i}if(c===void 0)switch(this.getSettings_().endingEnd){case Cd:o=t,c=2*i-e;break;case Pd:o=1,c=i+s[1]-s[0];break;default:o=t-1,c=e}let l=(i-e)*.5,h=this.valueSize;this._weightPrev=l/(e-a),this._weightNext=l/(c-i),this._offsetPrev=r*h,this._offsetNext=o*h}interpolate_(t,e,i,s){let r=this.resultBuffer,o=this.sampleValues,a=this.valueSize,c=t*a,l=c-a,h=this._offsetPrev,u=this._offsetNext,f=this._weightPrev,d=this._weightNext,p=(i-e)/(s-e),x=p*p,m=x*p,g=-f*m+2*f*x-f*p,b=(1+f)*m+(-1.5-2*f)*x+(-.5+f)*p+1,T=(-1-d)*m+(1.5+d)*x+.5*p,v=d*m-d*x;for(let R=0;R!==a;++R)r[R]=g*o[h+R]+b*o[l+R]+T*o[c+R]+v*o[u+R];return r}},Th=class extends yr{constructor(t,e,i,s){super(t,e,i,s)}interpolate_(t,e,i,s){let r=this.resultBuffer,o=this.sampleValues,a=this.valueSize,c=t*a,l=c-a,h=(i-e)/(s-e),u=1-h;for(let f=0;f!==a;++f)r[f]=o[l+f]*u+o[c+f]*h;return r}},Rh=class extends yr{constructor(t,e,i,s){super(t,e,i,s)}interpolate_(t){return this.copySampleValue_(t-1)}},Ch=class extends yr{interpolate_(t,e,i,s){let r=this.resultBuffer,o=this.sampleValues,a=this.valueSize,c=t*a,l=c-a,h=this.inTangents,u=this.outTangents;if(!h||!u){let p=(i-e)/(s-e),x=1-p;for(let m=0;m!==a;++m)r[m]=o[l+m]*x+o[c+m]*p;return r}let f=a*2,d=t-1;for(let p=0;p!==a;++p){let x=o[l+p],m=o[c+p],g=d*f+p*2,b=u[g],T=u[g+1],v=t*f+p*2,R=h[v],E=h[v+1],_=FM(i,e,b,R,s);r[p]=qx(_,x,T,E,m)}return r}};function qx(n,t,e,i,s){let r=1-n;return r*r*r*t+3*r*r*n*e+3*r*n*n*i+n*n*n*s}function UM(n,t,e,i,s){let r=1-n;return 3*r*r*(e-t)+6*r*n*(i-e)+3*n*n*(s-i)}function FM(n,t,e,i,s){let r=(n-t)/(s-t);for(let o=0;o<8;o++){let a=qx(r,t,e,i,s)-n;if(Math.abs(a)<1e-10)break;let c=UM(r,t,e,i,s);if(Math.abs(c)<1e-10)break;r=Math.max(0,Math.min(1,r-a/c))}return r}var Mi=class{constructor(t,e,i,s){if(t===void 0)throw new Error("THREE.KeyframeTrack: track name is undefined");if(e===void 0||e.length===0)throw new Error("THREE.KeyframeTrack: no keyframes in track named "+t);this.name=t,this.times=Vo(e,this.TimeBufferType),this.values=Vo(i,this.ValueBufferType),this.setInterpolation(s||this.DefaultInterpolation)}static toJSON(t){let e=t.constructor,i;if(e.toJSON!==this.toJSON)i=e.toJSON(t);else{i={name:t.name,times:Vo(t.times,Array),values:Vo(t.values,Array)};let s=t.getInterpolation();s!==t.DefaultInterpolation&&(i.interpolation=s),Qc(t.settings)&&(i.settings={inTangents:Vo(t.settings.inTangents,Array),outTangents:Vo(t.settings.outTangents,Array)})}return i.type=t.ValueTypeName,i}InterpolantFactoryMethodDiscrete(t){return new Rh(this.times,this.values,this.getValueSize(),t)}InterpolantFactoryMethodLinear(t){return new Th(this.times,this.values,this.getValueSize(),t)}InterpolantFactoryMethodSmooth(t){return new Eh(this.times,this.values,this.getValueSize(),t)}InterpolantFactoryMethodBezier(t){let e=new Ch(this.times,this.values,this.getValueSize(),t);return this.settings&&(e.inTangents=this.settings.inTangents,e.outTangents=this.settings.outTangents),e}setInterpolation(t){let e;switch(t){case ja:e=this.InterpolantFactoryMethodDiscrete;break;case ph:e=this.InterpolantFactoryMethodLinear;break;case ih:e=this.InterpolantFactoryMethodSmooth;break;case Td:e=this.InterpolantFactoryMethodBezier;break}if(e===void 0){let i="unsupported interpolation for "+this.ValueTypeName+" keyframe track named "+this.name;if(this.createInterpolant===void 0)if(t!==this.DefaultInterpolation)this.setInterpolation(this.DefaultInterpolation);else throw new Error(i);return qt("KeyframeTrack:",i),this}return this.createInterpolant=e,this}getInterpolation(){switch(this.createInterpolant){case this.InterpolantFactoryMethodDiscrete:return ja;case this.InterpolantFactoryMethodLinear:return ph;case this.InterpolantFactoryMethodSmooth:return ih;case this.InterpolantFactoryMethodBezier:return Td}}getValueSize(){return this.values.length/this.times.length}shift(t){if(t!==0){let e=this.times;for(let i=0,s=e.length;i!==s;++i)e[i]+=t;Qc(this.settings)&&(tx(this.settings.inTangents,t),tx(this.settings.outTangents,t))}return this}scale(t){if(t!==1){let e=this.times;for(let i=0,s=e.length;i!==s;++i)e[i]*=t;Qc(this.settings)&&(ex(this.settings.inTangents,t),ex(this.settings.outTangents,t))}return this}trim(t,e){let i=this.times,s=i.length,r=0,o=s-1;for(;r!==s&&i[r]<t;)++r;for(;o!==-1&&i[o]>e;)--o;if(++o,r!==0||o!==s){r>=o&&(o=Math.max(o,1),r=o-1);let a=this.getValueSize();this.times=i.slice(r,o),this.values=this.values.slice(r*a,o*a)}return this}validate(){let t=!0,e=this.getValueSize();e-Math.floor(e)!==0&&(jt("KeyframeTrack: Invalid value size in track.",this),t=!1);let i=this.times,s=this.values,r=i.length;r===0&&(jt("KeyframeTrack: Track is empty.",this),t=!1);let o=null;for(let a=0;a!==r;a++){let c=i[a];if(typeof c=="number"&&isNaN(c)){jt("KeyframeTrack: Time is not a valid number.",this,a,c),t=!1;break}if(o!==null&&o>c){jt("KeyframeTrack: Out of order keys.",this,a,c,o),t=!1;break}o=c}if(s!==void 0&&K1(s))for(let a=0,c=s.length;a!==c;++a){let l=s[a];if(isNaN(l)){jt("KeyframeTrack: Value is not a valid number.",this,a,l),t=!1;break}}return t}optimize(){let t=this.times.slice(),e=this.values.slice(),i=this.getValueSize(),s=this.getInterpolation()===ih,r=t.length-1,o=1;for(let a=1;a<r;++a){let c=!1,l=t[a],h=t[a+1];if(l!==h&&(a!==1||l!==t[0]))if(s)c=!0;else{let u=a*i,f=u-i,d=u+i;for(let p=0;p!==i;++p){let x=e[u+p];if(x!==e[f+p]||x!==e[d+p]){c=!0;break}}}if(c){if(a!==o){t[o]=t[a];let u=a*i,f=o*i;for(let d=0;d!==i;++d)e[f+d]=e[u+d]}++o}}if(r>0){t[o]=t[r];for(let a=r*i,c=o*i,l=0;l!==i;++l)e[c+l]=e[a+l];++o}return o!==t.length?(this.times=t.slice(0,o),this.values=e.slice(0,o*i)):(this.times=t,this.values=e),this}clone(){let t=this.times.slice(),e=this.values.slice(),i=this.constructor,s=new i(this.name,t,e);return s.createInterpolant=this.createInterpolant,Qc(this.settings)&&(s.settings={inTangents:this.settings.inTangents.slice(),outTangents:this.settings.outTangents.slice()}),s}};function tx(n,t){for(let e=0,i=n.length;e!==i;e+=2)n[e]+=t}function ex(n,t){for(let e=0,i=n.length;e!==i;e+=2)n[e]*=t}Mi.prototype.ValueTypeName="";Mi.prototype.TimeBufferType=Float32Array;Mi.prototype.ValueBufferType=Float32Array;Mi.prototype.DefaultInterpolation=ph;var br=class extends Mi{constructor(t,e,i){super(t,e,i)}};br.prototype.ValueTypeName="bool";br.prototype.ValueBufferType=Array;br.prototype.DefaultInterpolation=ja;br.prototype.InterpolantFactoryMethodLinear=void 0;br.prototype.InterpolantFactoryMethodSmooth=void 0;var Ph=class extends Mi{constructor(t,e,i,s){super(t,e,i,s)}};Ph.prototype.ValueTypeName="color";var Ih=class extends Mi{constructor(t,e,i,s){super(t,e,i,s)}};Ih.prototype.ValueTypeName="number";var Lh=class extends yr{constructor(t,e,i,s){super(t,e,i,s)}interpolate_(t,e,i,s){let r=this.resultBuffer,o=this.sampleValues,a=this.valueSize,c=(i-e)/(s-e),l=t*a;for(let h=l+a;l!==h;l+=4)yi.slerpFlat(r,0,o,l-a,o,l,c);return r}},gl=class extends Mi{constructor(t,e,i,s){super(t,e,i,s)}InterpolantFactoryMethodLinear(t){return new Lh(this.times,this.values,this.getValueSize(),t)}};gl.prototype.ValueTypeName="quaternion";gl.prototype.InterpolantFactoryMethodSmooth=void 0;var vr=class extends Mi{constructor(t,e,i){super(t,e,i)}};vr.prototype.ValueTypeName="string";vr.prototype.ValueBufferType=Array;vr.prototype.DefaultInterpolation=ja;vr.prototype.InterpolantFactoryMethodLinear=void 0;vr.prototype.InterpolantFactoryMethodSmooth=void 0;var Nh=class extends Mi{constructor(t,e,i,s){super(t,e,i,s)}};Nh.prototype.ValueTypeName="vector";var Dh=class{constructor(t,e,i){let s=this,r=!1,o=0,a=0,c,l=[];this.onStart=void 0,this.onLoad=t,this.onProgress=e,this.onError=i,this._abortController=null,this.itemStart=function(h){a++,r===!1&&s.onStart!==void 0&&s.onStart(h,o,a),r=!0},this.itemEnd=function(h){o++,s.onProgress!==void 0&&s.onProgress(h,o,a),o===a&&(r=!1,s.onLoad!==void 0&&s.onLoad())},this.itemError=function(h){s.onError!==void 0&&s.onError(h)},this.resolveURL=function(h){return h=h.normalize("NFC"),c?c(h):h},this.setURLModifier=function(h){return c=h,this},this.addHandler=function(h,u){return l.push(h,u),this},this.removeHandler=function(h){let u=l.indexOf(h);return u!==-1&&l.splice(u,2),this},this.getHandler=function(h){for(let u=0,f=l.length;u<f;u+=2){let d=l[u],p=l[u+1];if(d.global&&(d.lastIndex=0),d.test(h))return p}return null},this.abort=function(){return this.abortController.abort(),this._abortController=null,this}}get abortController(){return this._abortController||(this._abortController=new AbortController),this._abortController}},$x=new Dh,Uh=class{constructor(t){this.manager=t!==void 0?t:$x,this.crossOrigin="anonymous",this.withCredentials=!1,this.path="",this.resourcePath="",this.requestHeader={},this.priority="auto",this.cache="default",typeof __THREE_DEVTOOLS__<"u"&&__THREE_DEVTOOLS__.dispatchEvent(new CustomEvent("observe",{detail:this}))}load(){}loadAsync(t,e){let i=this;return new Promise(function(s,r){i.load(t,s,e,r)})}parse(){}setCrossOrigin(t){return this.crossOrigin=t,this}setWithCredentials(t){return this.withCredentials=t,this}setPath(t){return this.path=t,this}setResourcePath(t){return this.resourcePath=t,this}setRequestHeader(t){return this.requestHeader=t,this}setPriority(t){return this.priority=t,this}setCache(t){return this.cache=t,this}abort(){return this}};Uh.DEFAULT_MATERIAL_NAME="__DEFAULT";var xl=class extends kn{static registerNode(t){this.prototype._lightNode=t}constructor(t,e=1){super(),this.isLight=!0,this.type="Light",this.color=new ae(t),this.intensity=e}copy(t,e){return super.copy(t,e),this.color.copy(t.color),this.intensity=t.intensity,this}toJSON(t){let e=super.toJSON(t);return e.object.color=this.color.getHex(),e.object.intensity=this.intensity,e}};var Ad=new ve,nx=new W,ix=new W,Fh=class{constructor(t){this.camera=t,this.intensity=1,this.bias=0,this.biasNode=null,this.normalBias=0,this.radius=1,this.blurSamples=8,this.mapSize=new Yt(512,512),this.mapType=ai,this.map=null,this.mapPass=null,this.matrix=new ve,this.autoUpdate=!0,this.needsUpdate=!1,this._frustum=new _r,this._frameExtents=new Yt(1,1),this._viewportCount=1,this._viewports=[new Ce(0,0,1,1)]}getViewportCount(){return this._viewportCount}getCamera(){return this.camera}getFrustum(){return this._frustum}updateMatrices(t){let e=this.camera;nx.setFromMatrixPosition(t.matrixWorld),e.position.copy(nx),ix.setFromMatrixPosition(t.target.matrixWorld),e.lookAt(ix),e.updateMatrixWorld(),this._updateMatrix(e,this.matrix,this._frustum)}_updateMatrix(t,e,i,s){Ad.multiplyMatrices(t.projectionMatrix,t.matrixWorldInverse),i.setFromProjectionMatrix(Ad,t.coordinateSystem,t.reversedDepth);let r=this._frameExtents,o=s?s.z/r.x:1,a=s?s.w/r.y:1,c=s?s.x/r.x:0,l=s?s.y/r.y:0;t.coordinateSystem===Yo||t.reversedDepth?e.set(.5*o,0,0,.5*o+c,0,.5*a,0,.5*a+l,0,0,1,0,0,0,0,1):e.set(.5*o,0,0,.5*o+c,0,.5*a,0,.5*a+l,0,0,.5,.5,0,0,0,1),e.multiply(Ad)}getViewport(t){return this._viewports[t]}getFrameExtents(){return this._frameExtents}dispose(){this.map&&this.map.dispose(),this.mapPass&&this.mapPass.dispose()}copy(t){return this.camera=t.camera.clone(),this.intensity=t.intensity,this.bias=t.bias,this.radius=t.radius,this.autoUpdate=t.autoUpdate,this.needsUpdate=t.needsUpdate,this.normalBias=t.normalBias,this.blurSamples=t.blurSamples,this.mapSize.copy(t.mapSize),this.mapType=t.mapType,this.biasNode=t.biasNode,this}clone(){return new this.constructor().copy(this)}toJSON(){let t={};return t.intensity=this.intensity,t.bias=this.bias,t.normalBias=this.normalBias,t.radius=this.radius,t.blurSamples=this.blurSamples,t.mapSize=this.mapSize.toArray(),t.mapType=this.mapType,t.camera=this.camera.toJSON(!1).object,delete t.camera.matrix,t}},th=new W,eh=new yi,_s=new W,_l=class extends kn{constructor(){super(),this.isCamera=!0,this.type="Camera",this.matrixWorldInverse=new ve,this.projectionMatrix=new ve,this.projectionMatrixInverse=new ve,this.coordinateSystem=Li,this._reversedDepth=!1}get reversedDepth(){return this._reversedDepth}copy(t,e){return super.copy(t,e),this.matrixWorldInverse.copy(t.matrixWorldInverse),this.projectionMatrix.copy(t.projectionMatrix),this.projectionMatrixInverse.copy(t.projectionMatrixInverse),this.coordinateSystem=t.coordinateSystem,this}getWorldDirection(t){return super.getWorldDirection(t).negate()}updateMatrixWorld(t){super.updateMatrixWorld(t),this.matrixWorld.decompose(th,eh,_s),_s.x===1&&_s.y===1&&_s.z===1?this.matrixWorldInverse.copy(this.matrixWorld).invert():this.matrixWorldInverse.compose(th,eh,_s.set(1,1,1)).invert()}updateWorldMatrix(t,e,i=!1){super.updateWorldMatrix(t,e,i),this.matrixWorld.decompose(th,eh,_s),_s.x===1&&_s.y===1&&_s.z===1?this.matrixWorldInverse.copy(this.matrixWorld).invert():this.matrixWorldInverse.compose(th,eh,_s.set(1,1,1)).invert()}clone(){return new this.constructor().copy(this)}},mr=new W,sx=new Yt,rx=new Yt,Jn=class extends _l{constructor(t=50,e=1,i=.1,s=2e3){super(),this.isPerspectiveCamera=!0,this.type="PerspectiveCamera",this.fov=t,this.zoom=1,this.near=i,this.far=s,this.focus=10,this.aspect=e,this.view=null,this.filmGauge=35,this.filmOffset=0,this.updateProjectionMatrix()}copy(t,e){return super.copy(t,e),this.fov=t.fov,this.zoom=t.zoom,this.near=t.near,this.far=t.far,this.focus=t.focus,this.aspect=t.aspect,this.view=t.view===null?null:Object.assign({},t.view),this.filmGauge=t.filmGauge,this.filmOffset=t.filmOffset,this}setFocalLength(t){let e=.5*this.getFilmHeight()/t;this.fov=Jo*2*Math.atan(e),this.updateProjectionMatrix()}getFocalLength(){let t=Math.tan(Ja*.5*this.fov);return .5*this.getFilmHeight()/t}getEffectiveFOV(){return Jo*2*Math.atan(Math.tan(Ja*.5*this.fov)/this.zoom)}getFilmWidth(){return this.filmGauge*Math.min(this.aspect,1)}getFilmHeight(){return this.filmGauge/Math.max(this.aspect,1)}getViewBounds(t,e,i){mr.set(-1,-1,.5).applyMatrix4(this.projectionMatrixInverse),e.set(mr.x,mr.y).multiplyScalar(-t/mr.z),mr.set(1,1,.5).applyMatrix4(this.projectionMatrixInverse),i.set(mr.x,mr.y).multiplyScalar(-t/mr.z)}getViewSize(t,e){return this.getViewBounds(t,sx,rx),e.subVectors(rx,sx)}setViewOffset(t,e,i,s,r,o){this.aspect=t/e,this.view===null&&(this.view={enabled:!0,fullWidth:1,fullHeight:1,offsetX:0,offsetY:0,width:1,height:1}),this.view.enabled=!0,this.view.fullWidth=t,this.view.fullHeight=e,this.view.offsetX=i,this.view.offsetY=s,this.view.width=r,this.view.height=o,this.updateProjectionMatrix()}clearViewOffset(){this.view!==null&&(this.view.enabled=!1),this.updateProjectionMatrix()}updateProjectionMatrix(){let t=this.near,e=t*Math.tan(Ja*.5*this.fov)/this.zoom,i=2*e,s=this.aspect*i,r=-.5*s,o=this.view;if(this.view!==null&&this.view.enabled){let c=o.fullWidth,l=o.fullHeight;r+=o.offsetX*s/c,e-=o.offsetY*i/l,s*=o.width/c,i*=o.height/l}let a=this.filmOffset;a!==0&&(r+=t*a/this.getFilmWidth()),this.projectionMatrix.makePerspective(r,r+s,e,e-i,t,this.far,this.coordinateSystem,this.reversedDepth),this.projectionMatrixInverse.copy(this.projectionMatrix).invert()}toJSON(t){let e=super.toJSON(t);return e.object.fov=this.fov,e.object.zoom=this.zoom,e.object.near=this.near,e.object.far=this.far,e.object.focus=this.focus,e.object.aspect=this.aspect,this.view!==null&&(e.object.view=Object.assign({},this.view)),e.object.filmGauge=this.filmGauge,e.object.filmOffset=this.filmOffset,e}};var yl=class extends _l{constructor(t=-1,e=1,i=1,s=-1,r=.1,o=2e3){super(),this.isOrthographicCamera=!0,this.type="OrthographicCamera",this.zoom=1,this.view=null,this.left=t,this.right=e,this.top=i,this.bottom=s,this.near=r,this.far=o,this.updateProjectionMatrix()}copy(t,e){return super.copy(t,e),this.left=t.left,this.right=t.right,this.top=t.top,this.bottom=t.bottom,this.near=t.near,this.far=t.far,this.zoom=t.zoom,this.view=t.view===null?null:Object.assign({},t.view),this}setViewOffset(t,e,i,s,r,o){this.view===null&&(this.view={enabled:!0,fullWidth:1,fullHeight:1,offsetX:0,offsetY:0,width:1,height:1}),this.view.enabled=!0,this.view.fullWidth=t,this.view.fullHeight=e,this.view.offsetX=i,this.view.offsetY=s,this.view.width=r,this.view.height=o,this.updateProjectionMatrix()}clearViewOffset(){this.view!==null&&(this.view.enabled=!1),this.updateProjectionMatrix()}updateProjectionMatrix(){let t=(this.right-this.left)/(2*this.zoom),e=(this.top-this.bottom)/(2*this.zoom),i=(this.right+this.left)/2,s=(this.top+this.bottom)/2,r=i-t,o=i+t,a=s+e,c=s-e;if(this.view!==null&&this.view.enabled){let l=(this.right-this.left)/this.view.fullWidth/this.zoom,h=(this.top-this.bottom)/this.view.fullHeight/this.zoom;r+=l*this.view.offsetX,o=r+l*this.view.width,a-=h*this.view.offsetY,c=a-h*this.view.height}this.projectionMatrix.makeOrthographic(r,o,a,c,this.near,this.far,this.coordinateSystem,this.reversedDepth),this.projectionMatrixInverse.copy(this.projectionMatrix).invert()}toJSON(t){let e=super.toJSON(t);return e.object.zoom=this.zoom,e.object.left=this.left,e.object.right=this.right,e.object.top=this.top,e.object.bottom=this.bottom,e.object.near=this.near,e.object.far=this.far,this.view!==null&&(e.object.view=Object.assign({},this.view)),e}},Id=class extends Fh{constructor(){super(new yl(-5,5,5,-5,.5,500)),this.isDirectionalLightShadow=!0}},bl=class extends xl{constructor(t,e){super(t,e),this.isDirectionalLight=!0,this.type="DirectionalLight",this.position.copy(kn.DEFAULT_UP),this.updateMatrix(),this.target=new kn,this.shadow=new Id}dispose(){super.dispose(),this.shadow.dispose()}copy(t){return super.copy(t),this.target=t.target.clone(),this.shadow=t.shadow.clone(),this}toJSON(t){let e=super.toJSON(t);return e.object.shadow=this.shadow.toJSON(),e.object.target=this.target.uuid,e}},vl=class extends xl{constructor(t,e){super(t,e),this.isAmbientLight=!0,this.type="AmbientLight"}};var Ml=class extends zn{constructor(){super(),this.isInstancedBufferGeometry=!0,this.type="InstancedBufferGeometry",this.instanceCount=1/0}copy(t){return super.copy(t),this.instanceCount=t.instanceCount,this}toJSON(){let t=super.toJSON();return t.instanceCount=this.instanceCount,t.isInstancedBufferGeometry=!0,t}};var Go=-90,Ho=1,ia=class extends kn{constructor(t,e,i){super(),this.type="CubeCamera",this.renderTarget=i,this.coordinateSystem=null,this.activeMipmapLevel=0;let s=new Jn(Go,Ho,t,e);s.layers=this.layers,this.add(s);let r=new Jn(Go,Ho,t,e);r.layers=this.layers,this.add(r);let o=new Jn(Go,Ho,t,e);o.layers=this.layers,this.add(o);let a=new Jn(Go,Ho,t,e);a.layers=this.layers,this.add(a);let c=new Jn(Go,Ho,t,e);c.layers=this.layers,this.add(c);let l=new Jn(Go,Ho,t,e);l.layers=this.layers,this.add(l)}updateCoordinateSystem(){let t=this.coordinateSystem,e=this.children.concat(),[i,s,r,o,a,c]=e;for(let l of e)this.remove(l);if(t===Li)i.up.set(0,1,0),i.lookAt(1,0,0),s.up.set(0,1,0),s.lookAt(-1,0,0),r.up.set(0,0,-1),r.lookAt(0,1,0),o.up.set(0,0,1),o.lookAt(0,-1,0),a.up.set(0,1,0),a.lookAt(0,0,1),c.up.set(0,1,0),c.lookAt(0,0,-1);else if(t===Yo)i.up.set(0,-1,0),i.lookAt(-1,0,0),s.up.set(0,-1,0),s.lookAt(1,0,0),r.up.set(0,0,1),r.lookAt(0,1,0),o.up.set(0,0,-1),o.lookAt(0,-1,0),a.up.set(0,-1,0),a.lookAt(0,0,1),c.up.set(0,-1,0),c.lookAt(0,0,-1);else throw new Error("THREE.CubeCamera.updateCoordinateSystem(): Invalid coordinate system: "+t);for(let l of e)this.add(l),l.updateMatrixWorld()}update(t,e){this.parent===null&&this.updateMatrixWorld();let{renderTarget:i,activeMipmapLevel:s}=this;this.coordinateSystem!==t.coordinateSystem&&(this.coordinateSystem=t.coordinateSystem,this.updateCoordinateSystem());let[r,o,a,c,l,h]=this.children,u=t.getRenderTarget(),f=t.getActiveCubeFace(),d=t.getActiveMipmapLevel(),p=t.xr.enabled;t.xr.enabled=!1;let x=i.texture.mipmapsAutoUpdate;i.texture.mipmapsAutoUpdate=!1;let m=!1;t.isWebGLRenderer===!0?m=t.state.buffers.depth.getReversed():m=t.reversedDepthBuffer,t.setRenderTarget(i,0,s),m&&t.autoClear===!1&&t.clearDepth(),t.render(e,r),t.setRenderTarget(i,1,s),m&&t.autoClear===!1&&t.clearDepth(),t.render(e,o),t.setRenderTarget(i,2,s),m&&t.autoClear===!1&&t.clearDepth(),t.render(e,a),t.setRenderTarget(i,3,s),m&&t.autoClear===!1&&t.clearDepth(),t.render(e,c),t.setRenderTarget(i,4,s),m&&t.autoClear===!1&&t.clearDepth(),t.render(e,l),i.texture.mipmapsAutoUpdate=x,t.setRenderTarget(i,5,s),m&&t.autoClear===!1&&t.clearDepth(),t.render(e,h),t.setRenderTarget(u,f,d),t.xr.enabled=p,i.texture.needsPMREMUpdate=!0}},Oh=class extends Jn{constructor(t=[]){super(),this.isArrayCamera=!0,this.isMultiViewCamera=!1,this.cameras=t,this.perCameraFrustumCulled=!1}};var up="\\[\\]\\.:\\/",OM=new RegExp("["+up+"]","g"),fp="[^"+up+"]",BM="[^"+up.replace("\\.","")+"]",kM=/((?:WC+[\/:])*)/.source.replace("WC",fp),zM=/(WCOD+)?/.source.replace("WCOD",BM),VM=/(?:\.(WC+)(?:\[(.+)\])?)?/.source.replace("WC",fp),GM=/\.(WC+)(?:\[(.+)\])?/.source.replace("WC",fp),HM=new RegExp("^"+kM+zM+VM+GM+"$"),WM=["material","materials","bones","map"],Ld=class{constructor(t,e,i){let s=i||Xe.parseTrackName(e);this._targetGroup=t,this._bindings=t.subscribe_(e,s)}getValue(t,e){this.bind();let i=this._targetGroup.nCachedObjects_,s=this._bindings[i];s!==void 0&&s.getValue(t,e)}setValue(t,e){let i=this._bindings;for(let s=this._targetGroup.nCachedObjects_,r=i.length;s!==r;++s)i[s].setValue(t,e)}bind(){let t=this._bindings;for(let e=this._targetGroup.nCachedObjects_,i=t.length;e!==i;++e)t[e].bind()}unbind(){let t=this._bindings;for(let e=this._targetGroup.nCachedObjects_,i=t.length;e!==i;++e)t[e].unbind()}},Xe=class n{constructor(t,e,i){this.path=e,this.parsedPath=i||n.parseTrackName(e),this.node=n.findNode(t,this.parsedPath.nodeName),this.rootNode=t,this.getValue=this._getValue_unbound,this.setValue=this._setValue_unbound}static create(t,e,i){return t&&t.isAnimationObjectGroup?new n.Composite(t,e,i):new n(t,e,i)}static sanitizeNodeName(t){return t.replace(/\s/g,"_").replace(OM,"")}static parseTrackName(t){let e=HM.exec(t);if(e===null)throw new Error("THREE.PropertyBinding: Cannot parse trackName: "+t);let i={nodeName:e[2],objectName:e[3],objectIndex:e[4],propertyName:e[5],propertyIndex:e[6]},s=i.nodeName&&i.nodeName.lastIndexOf(".");if(s!==void 0&&s!==-1){let r=i.nodeName.substring(s+1);WM.indexOf(r)!==-1&&(i.nodeName=i.nodeName.substring(0,s),i.objectName=r)}if(i.propertyName===null||i.propertyName.length===0)throw new Error("THREE.PropertyBinding: can not parse propertyName from trackName: "+t);return i}static findNode(t,e){if(e===void 0||e===""||e==="."||e===-1||e===t.name||e===t.uuid)return t;if(t.skeleton){let i=t.skeleton.getBoneByName(e);if(i!==void 0)return i}if(t.children){let i=function(r){for(let o=0;o<r.length;o++){let a=r[o];if(a.name===e||a.uuid===e)return a;let c=i(a.children);if(c)return c}return null},s=i(t.children);if(s)return s}return null}_getValue_unavailable(){}_setValue_unavailable(){}_getValue_direct(t,e){t[e]=this.targetObject[this.propertyName]}_getValue_array(t,e){let i=this.resolvedProperty;for(let s=0,r=i.length;s!==r;++s)t[e++]=i[s]}_getValue_arrayElement(t,e){t[e]=this.resolvedProperty[this.propertyIndex]}_getValue_toArray(t,e){this.resolvedProperty.toArray(t,e)}_setValue_direct(t,e){this.targetObject[this.propertyName]=t[e]}_setValue_direct_setNeedsUpdate(t,e){this.targetObject[this.propertyName]=t[e],this.targetObject.needsUpdate=!0}_setValue_direct_setMatrixWorldNeedsUpdate(t,e){this.targetObject[this.propertyName]=t[e],this.targetObject.matrixWorldNeedsUpdate=!0}_setValue_array(t,e){let i=this.resolvedProperty;for(let s=0,r=i.length;s!==r;++s)i[s]=t[e++]}_setValue_array_setNeedsUpdate(t,e){let i=this.resolvedProperty;for(let s=0,r=i.length;s!==r;++s)i[s]=t[e++];this.targetObject.needsUpdate=!0}_setValue_array_setMatrixWorldNeedsUpdate(t,e){let i=this.resolvedProperty;for(let s=0,r=i.length;s!==r;++s)i[s]=t[e++];this.targetObject.matrixWorldNeedsUpdate=!0}_setValue_arrayElement(t,e){this.resolvedProperty[this.propertyIndex]=t[e]}_setValue_arrayElement_setNeedsUpdate(t,e){this.resolvedProperty[this.propertyIndex]=t[e],this.targetObject.needsUpdate=!0}_setValue_arrayElement_setMatrixWorldNeedsUpdate(t,e){this.resolvedProperty[this.propertyIndex]=t[e],this.targetObject.matrixWorldNeedsUpdate=!0}_setValue_fromArray(t,e){this.resolvedProperty.fromArray(t,e)}_setValue_fromArray_setNeedsUpdate(t,e){this.resolvedProperty.fromArray(t,e),this.targetObject.needsUpdate=!0}_setValue_fromArray_setMatrixWorldNeedsUpdate(t,e){this.resolvedProperty.fromArray(t,e),this.targetObject.matrixWorldNeedsUpdate=!0}_getValue_unbound(t,e){this.bind(),this.getValue(t,e)}_setValue_unbound(t,e){this.bind(),this.setValue(t,e)}bind(){let t=this.node,e=this.parsedPath,i=e.objectName,s=e.propertyName,r=e.propertyIndex;if(t||(t=n.findNode(this.rootNode,e.nodeName),this.node=t),this.getValue=this._getValue_unavailable,this.setValue=this._setValue_unavailable,!t){qt("PropertyBinding: No target node found for track: "+this.path+".");return}if(i){let l=e.objectIndex;switch(i){case"materials":if(!t.material){jt("PropertyBinding: Can not bind to material as node does not have a material.",this);return}if(!t.material.materials){jt("PropertyBinding: Can not bind to material.materials as node.material does not have a materials array.",this);return}t=t.material.materials;break;case"bones":if(!t.skeleton){jt("PropertyBinding: Can not bind to bones as node does not have a skeleton.",this);return}t=t.skeleton.bones;for(let h=0;h<t.length;h++)if(t[h].name===l){l=h;break}break;case"map":if("map"in t){t=t.map;break}if(!t.material){jt("PropertyBinding: Can not bind to material as node does not have a material.",this);return}if(!t.material.map){jt("PropertyBinding: Can not bind to material.map as node.material does not have a map.",this);return}t=t.material.map;break;default:if(t[i]===void 0){jt("PropertyBinding: Can not bind to objectName of node undefined.",this);return}t=t[i]}if(l!==void 0){if(t[l]===void 0){jt("PropertyBinding: Trying to bind to objectIndex of objectName, but is undefined.",this,t);return}t=t[l]}}let o=t[s];if(o===void 0){let l=e.nodeName;jt("PropertyBinding: Trying to update property for track: "+l+"."+s+" but it wasn't found.",t);return}let a=this.Versioning.None;this.targetObject=t,t.isMaterial===!0?a=this.Versioning.NeedsUpdate:t.isObject3D===!0&&(a=this.Versioning.MatrixWorldNeedsUpdate);let c=this.BindingType.Direct;if(r!==void 0){if(s==="morphTargetInfluences"){if(!t.geometry){jt("PropertyBinding: Can not bind to morphTargetInfluences because node does not have a geometry.",this);return}if(!t.geometry.morphAttributes){jt("PropertyBinding: Can not bind to morphTargetInfluences because node does not have a geometry.morphAttributes.",this);return}t.morphTargetDictionary[r]!==void 0&&(r=t.morphTargetDictionary[r])}c=this.BindingType.ArrayElement,this.resolvedProperty=o,this.propertyIndex=r}else o.fromArray!==void 0&&o.toArray!==void 0?(c=this.BindingType.HasFromToArray,this.resolvedProperty=o):Array.isArray(o)?(c=this.BindingType.EntireArray,this.resolvedProperty=o):this.propertyName=s;this.getValue=this.GetterByBindingType[c],this.setValue=this.SetterByBindingTypeAndVersioning[c][a]}unbind(){this.node=null,this.getValue=this._getValue_unbound,this.setValue=this._setValue_unbound}};Xe.Composite=Ld;Xe.prototype.BindingType={Direct:0,EntireArray:1,ArrayElement:2,HasFromToArray:3};Xe.prototype.Versioning={None:0,NeedsUpdate:1,MatrixWorldNeedsUpdate:2};Xe.prototype.GetterByBindingType=[Xe.prototype._getValue_direct,Xe.prototype._getValue_array,Xe.prototype._getValue_arrayElement,Xe.prototype._getValue_toArray];Xe.prototype.SetterByBindingTypeAndVersioning=[[Xe.prototype._setValue_direct,Xe.prototype._setValue_direct_setNeedsUpdate,Xe.prototype._setValue_direct_setMatrixWorldNeedsUpdate],[Xe.prototype._setValue_array,Xe.prototype._setValue_array_setNeedsUpdate,Xe.prototype._setValue_array_setMatrixWorldNeedsUpdate],[Xe.prototype._setValue_arrayElement,Xe.prototype._setValue_arrayElement_setNeedsUpdate,Xe.prototype._setValue_arrayElement_setMatrixWorldNeedsUpdate],[Xe.prototype._setValue_fromArray,Xe.prototype._setValue_fromArray_setNeedsUpdate,Xe.prototype._setValue_fromArray_setMatrixWorldNeedsUpdate]];var JP=new Float32Array(1);var Mr=class extends _h{constructor(t,e,i=1){super(t,e),this.isInstancedInterleavedBuffer=!0,this.meshPerAttribute=i}copy(t){return super.copy(t),this.meshPerAttribute=t.meshPerAttribute,this}clone(t){let e=super.clone(t);return e.meshPerAttribute=this.meshPerAttribute,e}toJSON(t){let e=super.toJSON(t);return e.isInstancedInterleavedBuffer=!0,e.meshPerAttribute=this.meshPerAttribute,e}};var ox=new ve,Sl=class{constructor(t,e,i=0,s=1/0){this.ray=new xr(t,e),this.near=i,this.far=s,this.camera=null,this.layers=new jo,this.params={Mesh:{},Line:{threshold:1},LOD:{},Points:{threshold:1},Sprite:{}}}set(t,e){this.ray.set(t,e)}setFromCamera(t,e){e.isPerspectiveCamera?(this.ray.origin.setFromMatrixPosition(e.matrixWorld),this.ray.direction.set(t.x,t.y,.5).unproject(e).sub(this.ray.origin).normalize(),this.camera=e):e.isOrthographicCamera?(this.ray.origin.set(t.x,t.y,e.projectionMatrix.elements[14]).unproject(e),this.ray.direction.set(0,0,-1).transformDirection(e.matrixWorld),this.camera=e):jt("Raycaster: Unsupported camera type: "+e.type)}setFromXRController(t){return ox.identity().extractRotation(t.matrixWorld),this.ray.origin.setFromMatrixPosition(t.matrixWorld),this.ray.direction.set(0,0,-1).applyMatrix4(ox),this}intersectObject(t,e=!0,i=[]){return Nd(t,this,i,e),i.sort(ax),i}intersectObjects(t,e=!0,i=[]){for(let s=0,r=t.length;s<r;s++)Nd(t[s],this,i,e);return i.sort(ax),i}};function ax(n,t){return n.distance-t.distance}function Nd(n,t,e,i){let s=!0;if(n.layers.test(t.layers)&&n.raycast(t,e)===!1&&(s=!1),s===!0&&i===!0){let r=n.children;for(let o=0,a=r.length;o<a;o++)Nd(r[o],t,e,!0)}}var sa=class{constructor(t=1,e=0,i=0){this.radius=t,this.phi=e,this.theta=i}set(t,e,i){return this.radius=t,this.phi=e,this.theta=i,this}copy(t){return this.radius=t.radius,this.phi=t.phi,this.theta=t.theta,this}makeSafe(){return this.phi=oe(this.phi,1e-6,Math.PI-1e-6),this}setFromVector3(t){return this.setFromCartesianCoords(t.x,t.y,t.z)}setFromCartesianCoords(t,e,i){return this.radius=Math.sqrt(t*t+e*e+i*i),this.radius===0?(this.theta=0,this.phi=0):(this.theta=Math.atan2(t,i),this.phi=Math.acos(oe(e/this.radius,-1,1))),this}clone(){return new this.constructor().copy(this)}};var Dd=class{static{this.prototype.isMatrix2=!0}constructor(t,e,i,s){this.elements=[1,0,0,1],t!==void 0&&this.set(t,e,i,s)}identity(){return this.set(1,0,0,1),this}fromArray(t,e=0){for(let i=0;i<4;i++)this.elements[i]=t[i+e];return this}set(t,e,i,s){let r=this.elements;return r[0]=t,r[2]=e,r[1]=i,r[3]=s,this}};var lx=new W,nh=new W,Wo=new W,Xo=new W,Ed=new W,XM=new W,qM=new W,wl=class{constructor(t=new W,e=new W){this.start=t,this.end=e}set(t,e){return this.start.copy(t),this.end.copy(e),this}copy(t){return this.start.copy(t.start),this.end.copy(t.end),this}getCenter(t){return t.addVectors(this.start,this.end).multiplyScalar(.5)}delta(t){return t.subVectors(this.end,this.start)}distanceSq(){return this.start.distanceToSquared(this.end)}distance(){return this.start.distanceTo(this.end)}at(t,e){return this.delta(e).multiplyScalar(t).add(this.start)}closestPointToPointParameter(t,e){lx.subVectors(t,this.start),nh.subVectors(this.end,this.start);let i=nh.dot(nh);if(i===0)return 0;let r=nh.dot(lx)/i;return e&&(r=oe(r,0,1)),r}closestPointToPoint(t,e,i){let s=this.closestPointToPointParameter(t,e);return this.delta(i).multiplyScalar(s).add(this.start)}distanceSqToLine3(t,e=XM,i=qM){let s=10000000000000001e-32,r,o,a=this.start,c=t.start,l=this.end,h=t.end;Wo.subVectors(l,a),Xo.subVectors(h,c),Ed.subVectors(a,c);let u=Wo.dot(Wo),f=Xo.dot(Xo),d=Xo.dot(Ed);if(u<=s&&f<=s)return e.copy(a),i.copy(c),e.distanceToSquared(i);if(u<=s)r=0,o=d/f,o=oe(o,0,1);else{let p=Wo.dot(Ed);if(f<=s)o=0,r=oe(-p/u,0,1);else{let x=Wo.dot(Xo),m=u*f-x*x;m!==0?r=oe((x*d-p*f)/m,0,1):r=0,o=(x*r+d)/f,o<0?(o=0,r=oe(-p/u,0,1)):o>1&&(o=1,r=oe((x-p)/u,0,1))}}return e.copy(a).addScaledVector(Wo,r),i.copy(c).addScaledVector(Xo,o),e.distanceToSquared(i)}applyMatrix4(t){return this.start.applyMatrix4(t),this.end.applyMatrix4(t),this}equals(t){return t.start.equals(this.start)&&t.end.equals(this.end)}clone(){return new this.constructor().copy(this)}};var Al=class extends Ji{constructor(t,e=null){super(),this.object=t,this.domElement=e,this.enabled=!0,this.state=-1,this.keys={},this.mouseButtons={LEFT:null,MIDDLE:null,RIGHT:null},this.touches={ONE:null,TWO:null}}connect(t){this.domElement!==null&&this.disconnect(),this.domElement=t}disconnect(){}dispose(){}update(){}};function dp(n,t,e,i){let s=$M(i);switch(e){case Qd:return n*t;case Xh:return n*t/s.components*s.byteLength;case qh:return n*t/s.components*s.byteLength;case Er:return n*t*2/s.components*s.byteLength;case $h:return n*t*2/s.components*s.byteLength;case tp:return n*t*3/s.components*s.byteLength;case ts:return n*t*4/s.components*s.byteLength;case Yh:return n*t*4/s.components*s.byteLength;case Rl:case Cl:return Math.floor((n+3)/4)*Math.floor((t+3)/4)*8;case Pl:case Il:return Math.floor((n+3)/4)*Math.floor((t+3)/4)*16;case Jh:case jh:return Math.max(n,16)*Math.max(t,8)/4;case Zh:case Kh:return Math.max(n,8)*Math.max(t,8)/2;case Qh:case tu:case nu:case iu:return Math.floor((n+3)/4)*Math.floor((t+3)/4)*8;case eu:case Ll:case su:return Math.floor((n+3)/4)*Math.floor((t+3)/4)*16;case ru:return Math.floor((n+3)/4)*Math.floor((t+3)/4)*16;case ou:return Math.floor((n+4)/5)*Math.floor((t+3)/4)*16;case au:return Math.floor((n+4)/5)*Math.floor((t+4)/5)*16;case lu:return Math.floor((n+5)/6)*Math.floor((t+4)/5)*16;case cu:return Math.floor((n+5)/6)*Math.floor((t+5)/6)*16;case hu:return Math.floor((n+7)/8)*Math.floor((t+4)/5)*16;case uu:return Math.floor((n+7)/8)*Math.floor((t+5)/6)*16;case fu:return Math.floor((n+7)/8)*Math.floor((t+7)/8)*16;case du:return Math.floor((n+9)/10)*Math.floor((t+4)/5)*16;case pu:return Math.floor((n+9)/10)*Math.floor((t+5)/6)*16;case mu:return Math.floor((n+9)/10)*Math.floor((t+7)/8)*16;case gu:return Math.floor((n+9)/10)*Math.floor((t+9)/10)*16;case xu:return Math.floor((n+11)/12)*Math.floor((t+9)/10)*16;case _u:return Math.floor((n+11)/12)*Math.floor((t+11)/12)*16;case yu:case bu:case vu:return Math.ceil(n/4)*Math.ceil(t/4)*16;case Mu:case Su:return Math.ceil(n/4)*Math.ceil(t/4)*8;case Nl:case wu:return Math.ceil(n/4)*Math.ceil(t/4)*16}throw new Error(`Unable to determine texture byte length for ${e} format.`)}function $M(n){switch(n){case ai:case Zd:return{byteLength:1,components:1};case la:case Jd:case Qi:return{byteLength:2,components:1};case Hh:case Wh:return{byteLength:2,components:4};case ji:case Gh:case Fi:return{byteLength:4,components:1};case Kd:case jd:return{byteLength:4,components:3}}throw new Error(`THREE.TextureUtils: Unknown texture type ${n}.`)}typeof __THREE_DEVTOOLS__<"u"&&__THREE_DEVTOOLS__.dispatchEvent(new CustomEvent("register",{detail:{revision:"187"}}));typeof window<"u"&&(window.__THREE__?qt("WARNING: Multiple instances of Three.js being imported."):window.__THREE__="187");function m_(){let n=null,t=!1,e=null,i=null;function s(r,o){i=n.requestAnimationFrame(s),e(r,o)}return{start:function(){t!==!0&&e!==null&&n!==null&&(i=n.requestAnimationFrame(s),t=!0)},stop:function(){n!==null&&n.cancelAnimationFrame(i),t=!1},setAnimationLoop:function(r){e=r},setContext:function(r){n=r}}}function ZM(n){let t=new WeakMap;function e(a,c){let l=a.array,h=a.usage,u=l.byteLength,f=n.createBuffer();n.bindBuffer(c,f),n.bufferData(c,l,h),a.onUploadCallback();let d;if(l instanceof Float32Array)d=n.FLOAT;else if(typeof Float16Array<"u"&&l instanceof Float16Array)d=n.HALF_FLOAT;else if(l instanceof Uint16Array)a.isFloat16BufferAttribute?d=n.HALF_FLOAT:d=n.UNSIGNED_SHORT;else if(l instanceof Int16Array)d=n.SHORT;else if(l instanceof Uint32Array)d=n.UNSIGNED_INT;else if(l instanceof Int32Array)d=n.INT;else if(l instanceof Int8Array)d=n.BYTE;else if(l instanceof Uint8Array)d=n.UNSIGNED_BYTE;else if(l instanceof Uint8ClampedArray)d=n.UNSIGNED_BYTE;else throw new Error("THREE.WebGLAttributes: Unsupported buffer data format: "+l);return{buffer:f,type:d,bytesPerElement:l.BYTES_PER_ELEMENT,version:a.version,size:u}}function i(a,c,l){let h=c.array,u=c.updateRanges;if(n.bindBuffer(l,a),u.length===0)n.bufferSubData(l,0,h);else{u.sort((d,p)=>d.start-p.start);let f=0;for(let d=1;d<u.length;d++){let p=u[f],x=u[d];x.start<=p.start+p.count+1?p.count=Math.max(p.count,x.start+x.count-p.start):(++f,u[f]=x)}u.length=f+1;for(let d=0,p=u.length;d<p;d++){let x=u[d];n.bufferSubData(l,x.start*h.BYTES_PER_ELEMENT,h,x.start,x.count)}c.clearUpdateRanges()}c.onUploadCallback()}function s(a){return a.isInterleavedBufferAttribute&&(a=a.data),t.get(a)}function r(a){a.isInterleavedBufferAttribute&&(a=a.data);let c=t.get(a);c&&(n.deleteBuffer(c.buffer),t.delete(a))}function o(a,c){if(a.isInterleavedBufferAttribute&&(a=a.data),a.isGLBufferAttribute){let h=t.get(a);(!h||h.version<a.version)&&t.set(a,{buffer:a.buffer,type:a.type,bytesPerElement:a.elementSize,version:a.version});return}let l=t.get(a);if(l===void 0)t.set(a,e(a,c));else if(l.version<a.version){if(l.size!==a.array.byteLength)throw new Error("THREE.WebGLAttributes: The size of the buffer attribute's array buffer does not match the original size. Resizing buffer attributes is not supported.");i(l.buffer,a,c),l.version=a.version}}return{get:s,remove:r,update:o}}var JM=`#ifdef USE_ALPHAHASH
	if ( diffuseColor.a < getAlphaHashThreshold( vPosition ) ) discard;
#endif`,KM=`#ifdef USE_ALPHAHASH
	const float ALPHA_HASH_SCALE = 0.05;
	float hash2D( vec2 value ) {
		return fract( 1.0e4 * sin( 17.0 * value.x + 0.1 * value.y ) * ( 0.1 + abs( sin( 13.0 * value.y + value.x ) ) ) );
	}
	float hash3D( vec3 value ) {
		return hash2D( vec2( hash2D( value.xy ), value.z ) );
	}
	float getAlphaHashThreshold( vec3 position ) {
		float maxDeriv = max(
			length( dFdx( position.xyz ) ),
			length( dFdy( position.xyz ) )
		);
		float pixScale = 1.0 / ( ALPHA_HASH_SCALE * maxDeriv );
		vec2 pixScales = vec2(
			exp2( floor( log2( pixScale ) ) ),
			exp2( ceil( log2( pixScale ) ) )
		);
		vec2 alpha = vec2(
			hash3D( floor( pixScales.x * position.xyz ) ),
			hash3D( floor( pixScales.y * position.xyz ) )
		);
		float lerpFactor = fract( log2( pixScale ) );
		float x = ( 1.0 - lerpFactor ) * alpha.x + lerpFactor * alpha.y;
		float a = min( lerpFactor, 1.0 - lerpFactor );
		vec3 cases = vec3(
			x * x / ( 2.0 * a * ( 1.0 - a ) ),
			( x - 0.5 * a ) / ( 1.0 - a ),
			1.0 - ( ( 1.0 - x ) * ( 1.0 - x ) / ( 2.0 * a * ( 1.0 - a ) ) )
		);
		float threshold = ( x < ( 1.0 - a ) )
			? ( ( x < a ) ? cases.x : cases.y )
			: cases.z;
		return clamp( threshold , 1.0e-6, 1.0 );
	}
#endif`,jM=`#ifdef USE_ALPHAMAP
	diffuseColor.a *= texture2D( alphaMap, vAlphaMapUv ).g;
#endif`,QM=`#ifdef USE_ALPHAMAP
	uniform sampler2D alphaMap;
#endif`,tS=`#ifdef USE_ALPHATEST
	#ifdef ALPHA_TO_COVERAGE
	diffuseColor.a = smoothstep( alphaTest, alphaTest + fwidth( diffuseColor.a ), diffuseColor.a );
	if ( diffuseColor.a == 0.0 ) discard;
	#else
	if ( diffuseColor.a < alphaTest ) discard;
	#endif
#endif`,eS=`#ifdef USE_ALPHATEST
	uniform float alphaTest;
#endif`,nS=`#ifdef USE_AOMAP
	float ambientOcclusion = ( texture2D( aoMap, vAoMapUv ).r - 1.0 ) * aoMapIntensity + 1.0;
	reflectedLight.indirectDiffuse *= ambientOcclusion;
	#if defined( USE_CLEARCOAT ) 
		clearcoatSpecularIndirect *= ambientOcclusion;
	#endif
	#if defined( USE_SHEEN ) 
		sheenSpecularIndirect *= ambientOcclusion;
	#endif
	#if defined( USE_ENVMAP ) && defined( STANDARD )
		float dotNV = saturate( dot( geometryNormal, geometryViewDir ) );
		reflectedLight.indirectSpecular *= computeSpecularOcclusion( dotNV, ambientOcclusion, material.roughness );
	#endif
#endif`,iS=`#ifdef USE_AOMAP
	uniform sampler2D aoMap;
	uniform float aoMapIntensity;
#endif`,sS=`#ifdef USE_BATCHING
	#if ! defined( GL_ANGLE_multi_draw )
	#define gl_DrawID _gl_DrawID
	uniform int _gl_DrawID;
	#endif
	uniform highp sampler2D batchingTexture;
	uniform highp usampler2D batchingIdTexture;
	mat4 getBatchingMatrix( const in float i ) {
		int size = textureSize( batchingTexture, 0 ).x;
		int j = int( i ) * 4;
		int x = j % size;
		int y = j / size;
		vec4 v1 = texelFetch( batchingTexture, ivec2( x, y ), 0 );
		vec4 v2 = texelFetch( batchingTexture, ivec2( x + 1, y ), 0 );
		vec4 v3 = texelFetch( batchingTexture, ivec2( x + 2, y ), 0 );
		vec4 v4 = texelFetch( batchingTexture, ivec2( x + 3, y ), 0 );
		return mat4( v1, v2, v3, v4 );
	}
	float getIndirectIndex( const in int i ) {
		int size = textureSize( batchingIdTexture, 0 ).x;
		int x = i % size;
		int y = i / size;
		return float( texelFetch( batchingIdTexture, ivec2( x, y ), 0 ).r );
	}
#endif
#ifdef USE_BATCHING_COLOR
	uniform sampler2D batchingColorTexture;
	vec4 getBatchingColor( const in float i ) {
		int size = textureSize( batchingColorTexture, 0 ).x;
		int j = int( i );
		int x = j % size;
		int y = j / size;
		return texelFetch( batchingColorTexture, ivec2( x, y ), 0 );
	}
#endif`,rS=`#ifdef USE_BATCHING
	mat4 batchingMatrix = getBatchingMatrix( getIndirectIndex( gl_DrawID ) );
#endif`,oS=`vec3 transformed = vec3( position );
#ifdef USE_ALPHAHASH
	vPosition = vec3( position );
#endif`,aS=`vec3 objectNormal = vec3( normal );
#ifdef USE_TANGENT
	vec3 objectTangent = vec3( tangent.xyz );
#endif`,lS=`float G_BlinnPhong_Implicit( ) {
	return 0.25;
}
float D_BlinnPhong( const in float shininess, const in float dotNH ) {
	return RECIPROCAL_PI * ( shininess * 0.5 + 1.0 ) * pow( dotNH, shininess );
}
vec3 BRDF_BlinnPhong( const in vec3 lightDir, const in vec3 viewDir, const in vec3 normal, const in vec3 specularColor, const in float shininess ) {
	vec3 halfDir = normalize( lightDir + viewDir );
	float dotNH = saturate( dot( normal, halfDir ) );
	float dotVH = saturate( dot( viewDir, halfDir ) );
	vec3 F = F_Schlick( specularColor, 1.0, dotVH );
	float G = G_BlinnPhong_Implicit( );
	float D = D_BlinnPhong( shininess, dotNH );
	return F * ( G * D );
} // validated`,cS=`#ifdef USE_IRIDESCENCE
	const mat3 XYZ_TO_REC709 = mat3(
		 3.2404542, -0.9692660,  0.0556434,
		-1.5371385,  1.8760108, -0.2040259,
		-0.4985314,  0.0415560,  1.0572252
	);
	vec3 Fresnel0ToIor( vec3 fresnel0 ) {
		vec3 sqrtF0 = sqrt( fresnel0 );
		return ( vec3( 1.0 ) + sqrtF0 ) / ( vec3( 1.0 ) - sqrtF0 );
	}
	vec3 IorToFresnel0( vec3 transmittedIor, float incidentIor ) {
		return pow2( ( transmittedIor - vec3( incidentIor ) ) / ( transmittedIor + vec3( incidentIor ) ) );
	}
	float IorToFresnel0( float transmittedIor, float incidentIor ) {
		return pow2( ( transmittedIor - incidentIor ) / ( transmittedIor + incidentIor ));
	}
	vec3 evalSensitivity( float OPD, vec3 shift ) {
		float phase = 2.0 * PI * OPD * 1.0e-9;
		vec3 val = vec3( 5.4856e-13, 4.4201e-13, 5.2481e-13 );
		vec3 pos = vec3( 1.6810e+06, 1.7953e+06, 2.2084e+06 );
		vec3 var = vec3( 4.3278e+09, 9.3046e+09, 6.6121e+09 );
		vec3 xyz = val * sqrt( 2.0 * PI * var ) * cos( pos * phase + shift ) * exp( - pow2( phase ) * var );
		xyz.x += 9.7470e-14 * sqrt( 2.0 * PI * 4.5282e+09 ) * cos( 2.2399e+06 * phase + shift[ 0 ] ) * exp( - 4.5282e+09 * pow2( phase ) );
		xyz /= 1.0685e-7;
		vec3 rgb = XYZ_TO_REC709 * xyz;
		return rgb;
	}
	vec3 evalIridescence( float outsideIOR, float eta2, float cosTheta1, float thinFilmThickness, vec3 baseF0 ) {
		vec3 I;
		float iridescenceIOR = mix( outsideIOR, eta2, smoothstep( 0.0, 0.03, thinFilmThickness ) );
		float sinTheta2Sq = pow2( outsideIOR / iridescenceIOR ) * ( 1.0 - pow2( cosTheta1 ) );
		float cosTheta2Sq = 1.0 - sinTheta2Sq;
		if ( cosTheta2Sq < 0.0 ) {
			return vec3( 1.0 );
		}
		float cosTheta2 = sqrt( cosTheta2Sq );
		float R0 = IorToFresnel0( iridescenceIOR, outsideIOR );
		float R12 = F_Schlick( R0, 1.0, cosTheta1 );
		float T121 = 1.0 - R12;
		float phi12 = 0.0;
		if ( iridescenceIOR < outsideIOR ) phi12 = PI;
		float phi21 = PI - phi12;
		vec3 baseIOR = Fresnel0ToIor( clamp( baseF0, 0.0, 0.9999 ) );		vec3 R1 = IorToFresnel0( baseIOR, iridescenceIOR );
		vec3 R23 = F_Schlick( R1, 1.0, cosTheta2 );
		vec3 phi23 = vec3( 0.0 );
		if ( baseIOR[ 0 ] < iridescenceIOR ) phi23[ 0 ] = PI;
		if ( baseIOR[ 1 ] < iridescenceIOR ) phi23[ 1 ] = PI;
		if ( baseIOR[ 2 ] < iridescenceIOR ) phi23[ 2 ] = PI;
		float OPD = 2.0 * iridescenceIOR * thinFilmThickness * cosTheta2;
		vec3 phi = vec3( phi21 ) + phi23;
		vec3 R123 = clamp( R12 * R23, 1e-5, 0.9999 );
		vec3 r123 = sqrt( R123 );
		vec3 Rs = pow2( T121 ) * R23 / ( vec3( 1.0 ) - R123 );
		vec3 C0 = R12 + Rs;
		I = C0;
		vec3 Cm = Rs - T121;
		for ( int m = 1; m <= 2; ++ m ) {
			Cm *= r123;
			vec3 Sm = 2.0 * evalSensitivity( float( m ) * OPD, float( m ) * phi );
			I += Cm * Sm;
		}
		return max( I, vec3( 0.0 ) );
	}
#endif`,hS=`#ifdef USE_BUMPMAP
	uniform sampler2D bumpMap;
	uniform float bumpScale;
	vec2 dHdxy_fwd() {
		vec2 dSTdx = dFdx( vBumpMapUv );
		vec2 dSTdy = dFdy( vBumpMapUv );
		float Hll = bumpScale * texture2D( bumpMap, vBumpMapUv ).x;
		float dBx = bumpScale * texture2D( bumpMap, vBumpMapUv + dSTdx ).x - Hll;
		float dBy = bumpScale * texture2D( bumpMap, vBumpMapUv + dSTdy ).x - Hll;
		return vec2( dBx, dBy );
	}
	vec3 perturbNormalArb( vec3 surf_pos, vec3 surf_norm, vec2 dHdxy, float faceDirection ) {
		vec3 vSigmaX = normalize( dFdx( surf_pos.xyz ) );
		vec3 vSigmaY = normalize( dFdy( surf_pos.xyz ) );
		vec3 vN = surf_norm;
		vec3 R1 = cross( vSigmaY, vN );
		vec3 R2 = cross( vN, vSigmaX );
		float fDet = dot( vSigmaX, R1 ) * faceDirection;
		vec3 vGrad = sign( fDet ) * ( dHdxy.x * R1 + dHdxy.y * R2 );
		return normalize( abs( fDet ) * surf_norm - vGrad );
	}
#endif`,uS=`#if NUM_CLIPPING_PLANES > 0
	vec4 plane;
	#ifdef ALPHA_TO_COVERAGE
		float distanceToPlane, distanceGradient;
		float clipOpacity = 1.0;
		#pragma unroll_loop_start
		for ( int i = 0; i < UNION_CLIPPING_PLANES; i ++ ) {
			plane = clippingPlanes[ i ];
			distanceToPlane = - dot( vClipPosition, plane.xyz ) + plane.w;
			distanceGradient = fwidth( distanceToPlane ) / 2.0;
			clipOpacity *= smoothstep( - distanceGradient, distanceGradient, distanceToPlane );
			if ( clipOpacity == 0.0 ) discard;
		}
		#pragma unroll_loop_end
		#if UNION_CLIPPING_PLANES < NUM_CLIPPING_PLANES
			float unionClipOpacity = 1.0;
			#pragma unroll_loop_start
			for ( int i = UNION_CLIPPING_PLANES; i < NUM_CLIPPING_PLANES; i ++ ) {
				plane = clippingPlanes[ i ];
				distanceToPlane = - dot( vClipPosition, plane.xyz ) + plane.w;
				distanceGradient = fwidth( distanceToPlane ) / 2.0;
				unionClipOpacity *= 1.0 - smoothstep( - distanceGradient, distanceGradient, distanceToPlane );
			}
			#pragma unroll_loop_end
			clipOpacity *= 1.0 - unionClipOpacity;
		#endif
		diffuseColor.a *= clipOpacity;
		if ( diffuseColor.a == 0.0 ) discard;
	#else
		#pragma unroll_loop_start
		for ( int i = 0; i < UNION_CLIPPING_PLANES; i ++ ) {
			plane = clippingPlanes[ i ];
			if ( dot( vClipPosition, plane.xyz ) > plane.w ) discard;
		}
		#pragma unroll_loop_end
		#if UNION_CLIPPING_PLANES < NUM_CLIPPING_PLANES
			bool clipped = true;
			#pragma unroll_loop_start
			for ( int i = UNION_CLIPPING_PLANES; i < NUM_CLIPPING_PLANES; i ++ ) {
				plane = clippingPlanes[ i ];
				clipped = ( dot( vClipPosition, plane.xyz ) > plane.w ) && clipped;
			}
			#pragma unroll_loop_end
			if ( clipped ) discard;
		#endif
	#endif
#endif`,fS=`#if NUM_CLIPPING_PLANES > 0
	varying vec3 vClipPosition;
	uniform vec4 clippingPlanes[ NUM_CLIPPING_PLANES ];
#endif`,dS=`#if NUM_CLIPPING_PLANES > 0
	varying vec3 vClipPosition;
#endif`,pS=`#if NUM_CLIPPING_PLANES > 0
	vClipPosition = - mvPosition.xyz;
#endif`,mS=`#if defined( USE_COLOR ) || defined( USE_COLOR_ALPHA )
	diffuseColor *= vColor;
#endif`,gS=`#if defined( USE_COLOR ) || defined( USE_COLOR_ALPHA )
	varying vec4 vColor;
#endif`,xS=`#if defined( USE_COLOR ) || defined( USE_COLOR_ALPHA ) || defined( USE_INSTANCING_COLOR ) || defined( USE_BATCHING_COLOR )
	varying vec4 vColor;
#endif`,_S=`#if defined( USE_COLOR ) || defined( USE_COLOR_ALPHA ) || defined( USE_INSTANCING_COLOR ) || defined( USE_BATCHING_COLOR )
	vColor = vec4( 1.0 );
#endif
#ifdef USE_COLOR_ALPHA
	vColor *= color;
#elif defined( USE_COLOR )
	vColor.rgb *= color;
#endif
#ifdef USE_INSTANCING_COLOR
	vColor.rgb *= instanceColor.rgb;
#endif
#ifdef USE_BATCHING_COLOR
	vColor *= getBatchingColor( getIndirectIndex( gl_DrawID ) );
#endif`,yS=`#define PI 3.141592653589793
#define PI2 6.283185307179586
#define PI_HALF 1.5707963267948966
#define RECIPROCAL_PI 0.3183098861837907
#define RECIPROCAL_PI2 0.15915494309189535
#define EPSILON 1e-6
#ifndef saturate
#define saturate( a ) clamp( a, 0.0, 1.0 )
#endif
#define whiteComplement( a ) ( 1.0 - saturate( a ) )
float pow2( const in float x ) { return x*x; }
vec3 pow2( const in vec3 x ) { return x*x; }
float pow3( const in float x ) { return x*x*x; }
float pow4( const in float x ) { float x2 = x*x; return x2*x2; }
float max3( const in vec3 v ) { return max( max( v.x, v.y ), v.z ); }
float average( const in vec3 v ) { return dot( v, vec3( 0.3333333 ) ); }
highp float rand( const in vec2 uv ) {
	const highp float a = 12.9898, b = 78.233, c = 43758.5453;
	highp float dt = dot( uv.xy, vec2( a,b ) ), sn = mod( dt, PI );
	return fract( sin( sn ) * c );
}
#ifdef HIGH_PRECISION
	float precisionSafeLength( vec3 v ) { return length( v ); }
#else
	float precisionSafeLength( vec3 v ) {
		float maxComponent = max3( abs( v ) );
		return length( v / maxComponent ) * maxComponent;
	}
#endif
struct IncidentLight {
	vec3 color;
	vec3 direction;
	bool visible;
};
struct ReflectedLight {
	vec3 directDiffuse;
	vec3 directSpecular;
	vec3 indirectDiffuse;
	vec3 indirectSpecular;
};
#ifdef USE_ALPHAHASH
	varying vec3 vPosition;
#endif
vec3 transformDirection( in vec3 dir, in mat4 matrix ) {
	return normalize( ( matrix * vec4( dir, 0.0 ) ).xyz );
}
#define inverseTransformDirection transformDirectionByInverseViewMatrix
vec3 transformNormalByInverseViewMatrix( in vec3 normal, in mat4 viewMatrix ) {
	return normalize( ( vec4( normal, 0.0 ) * viewMatrix ).xyz );
}
vec3 transformDirectionByInverseViewMatrix( in vec3 dir, in mat4 viewMatrix ) {
	return normalize( ( vec4( dir, 0.0 ) * viewMatrix ).xyz );
}
bool isPerspectiveMatrix( mat4 m ) {
	return m[ 2 ][ 3 ] == - 1.0;
}
vec2 equirectUv( in vec3 dir ) {
	float u = atan( dir.z, dir.x ) * RECIPROCAL_PI2 + 0.5;
	float v = asin( clamp( dir.y, - 1.0, 1.0 ) ) * RECIPROCAL_PI + 0.5;
	return vec2( u, v );
}
vec3 BRDF_Lambert( const in vec3 diffuseColor ) {
	return RECIPROCAL_PI * diffuseColor;
}
vec3 F_Schlick( const in vec3 f0, const in float f90, const in float dotVH ) {
	float fresnel = exp2( ( - 5.55473 * dotVH - 6.98316 ) * dotVH );
	return f0 * ( 1.0 - fresnel ) + ( f90 * fresnel );
}
float F_Schlick( const in float f0, const in float f90, const in float dotVH ) {
	float fresnel = exp2( ( - 5.55473 * dotVH - 6.98316 ) * dotVH );
	return f0 * ( 1.0 - fresnel ) + ( f90 * fresnel );
} // validated`,bS=`vec3 transformedNormal = objectNormal;
#ifdef USE_TANGENT
	vec3 transformedTangent = objectTangent;
#endif
#ifdef USE_BATCHING
	mat3 bm = mat3( batchingMatrix );
	transformedNormal /= vec3( dot( bm[ 0 ], bm[ 0 ] ), dot( bm[ 1 ], bm[ 1 ] ), dot( bm[ 2 ], bm[ 2 ] ) );
	transformedNormal = bm * transformedNormal;
	#ifdef USE_TANGENT
		transformedTangent = bm * transformedTangent;
	#endif
#endif
#ifdef USE_INSTANCING
	mat3 im = mat3( instanceMatrix );
	transformedNormal /= vec3( dot( im[ 0 ], im[ 0 ] ), dot( im[ 1 ], im[ 1 ] ), dot( im[ 2 ], im[ 2 ] ) );
	transformedNormal = im * transformedNormal;
	#ifdef USE_TANGENT
		transformedTangent = im * transformedTangent;
	#endif
#endif
transformedNormal = normalMatrix * transformedNormal;
#ifdef FLIP_SIDED
	transformedNormal = - transformedNormal;
#endif
#ifdef USE_TANGENT
	transformedTangent = ( modelViewMatrix * vec4( transformedTangent, 0.0 ) ).xyz;
#endif`,vS=`#ifdef USE_DISPLACEMENTMAP
	uniform sampler2D displacementMap;
	uniform float displacementScale;
	uniform float displacementBias;
#endif`,MS=`#ifdef USE_DISPLACEMENTMAP
	transformed += normalize( objectNormal ) * ( texture2D( displacementMap, vDisplacementMapUv ).x * displacementScale + displacementBias );
#endif`,SS=`#ifdef USE_EMISSIVEMAP
	vec4 emissiveColor = texture2D( emissiveMap, vEmissiveMapUv );
	#ifdef DECODE_VIDEO_TEXTURE_EMISSIVE
		emissiveColor = sRGBTransferEOTF( emissiveColor );
	#endif
	totalEmissiveRadiance *= emissiveColor.rgb;
#endif`,wS=`#ifdef USE_EMISSIVEMAP
	uniform sampler2D emissiveMap;
#endif`,AS="gl_FragColor = linearToOutputTexel( gl_FragColor );",ES=`vec4 LinearTransferOETF( in vec4 value ) {
	return value;
}
vec4 sRGBTransferEOTF( in vec4 value ) {
	return vec4( mix( pow( value.rgb * 0.9478672986 + vec3( 0.0521327014 ), vec3( 2.4 ) ), value.rgb * 0.0773993808, vec3( lessThanEqual( value.rgb, vec3( 0.04045 ) ) ) ), value.a );
}
vec4 sRGBTransferOETF( in vec4 value ) {
	return vec4( mix( pow( value.rgb, vec3( 0.41666 ) ) * 1.055 - vec3( 0.055 ), value.rgb * 12.92, vec3( lessThanEqual( value.rgb, vec3( 0.0031308 ) ) ) ), value.a );
}`,TS=`#ifdef USE_ENVMAP
	#ifdef ENV_WORLDPOS
		vec3 cameraToFrag;
		if ( isOrthographic ) {
			cameraToFrag = normalize( vec3( - viewMatrix[ 0 ][ 2 ], - viewMatrix[ 1 ][ 2 ], - viewMatrix[ 2 ][ 2 ] ) );
		} else {
			cameraToFrag = normalize( vWorldPosition - cameraPosition );
		}
		vec3 worldNormal = transformNormalByInverseViewMatrix( normal, viewMatrix );
		#ifdef ENVMAP_MODE_REFLECTION
			vec3 reflectVec = reflect( cameraToFrag, worldNormal );
		#else
			vec3 reflectVec = refract( cameraToFrag, worldNormal, refractionRatio );
		#endif
	#else
		vec3 reflectVec = vReflect;
	#endif
	#ifdef ENVMAP_TYPE_CUBE
		vec4 envColor = textureCube( envMap, envMapRotation * reflectVec );
		#ifdef ENVMAP_BLENDING_MULTIPLY
			outgoingLight = mix( outgoingLight, outgoingLight * envColor.xyz, specularStrength * reflectivity );
		#elif defined( ENVMAP_BLENDING_MIX )
			outgoingLight = mix( outgoingLight, envColor.xyz, specularStrength * reflectivity );
		#elif defined( ENVMAP_BLENDING_ADD )
			outgoingLight += envColor.xyz * specularStrength * reflectivity;
		#endif
	#endif
#endif`,RS=`#ifdef USE_ENVMAP
	uniform float envMapIntensity;
	uniform mat3 envMapRotation;
	uniform samplerCube envMap;
	#ifdef ENVMAP_TYPE_PMREM
		float roughnessToMip( const in float roughness ) {
			float r = clamp( roughness, 0.0, 1.0 );
			return ENVMAP_MAX_LOD * r * ( 2.0 - r );
		}
	#endif
#endif`,CS=`#ifdef USE_ENVMAP
	uniform float reflectivity;
	#if defined( USE_BUMPMAP ) || defined( USE_NORMALMAP ) || defined( PHONG ) || defined( LAMBERT )
		#define ENV_WORLDPOS
	#endif
	#ifdef ENV_WORLDPOS
		varying vec3 vWorldPosition;
		uniform float refractionRatio;
	#else
		varying vec3 vReflect;
	#endif
#endif`,PS=`#ifdef USE_ENVMAP
	#if defined( USE_BUMPMAP ) || defined( USE_NORMALMAP ) || defined( PHONG ) || defined( LAMBERT )
		#define ENV_WORLDPOS
	#endif
	#ifdef ENV_WORLDPOS
		
		varying vec3 vWorldPosition;
	#else
		varying vec3 vReflect;
		uniform float refractionRatio;
	#endif
#endif`,IS=`#ifdef USE_ENVMAP
	#ifdef ENV_WORLDPOS
		vWorldPosition = worldPosition.xyz;
	#else
		vec3 cameraToVertex;
		if ( isOrthographic ) {
			cameraToVertex = normalize( vec3( - viewMatrix[ 0 ][ 2 ], - viewMatrix[ 1 ][ 2 ], - viewMatrix[ 2 ][ 2 ] ) );
		} else {
			cameraToVertex = normalize( worldPosition.xyz - cameraPosition );
		}
		vec3 worldNormal = transformNormalByInverseViewMatrix( transformedNormal, viewMatrix );
		#ifdef ENVMAP_MODE_REFLECTION
			vReflect = reflect( cameraToVertex, worldNormal );
		#else
			vReflect = refract( cameraToVertex, worldNormal, refractionRatio );
		#endif
	#endif
#endif`,LS=`#ifdef USE_FOG
	vFogDepth = - mvPosition.z;
#endif`,NS=`#ifdef USE_FOG
	varying float vFogDepth;
#endif`,DS=`#ifdef USE_FOG
	#ifdef FOG_EXP2
		float fogFactor = 1.0 - exp( - fogDensity * fogDensity * vFogDepth * vFogDepth );
	#else
		float fogFactor = smoothstep( fogNear, fogFar, vFogDepth );
	#endif
	gl_FragColor.rgb = mix( gl_FragColor.rgb, fogColor, fogFactor );
#endif`,US=`#ifdef USE_FOG
	uniform vec3 fogColor;
	varying float vFogDepth;
	#ifdef FOG_EXP2
		uniform float fogDensity;
	#else
		uniform float fogNear;
		uniform float fogFar;
	#endif
#endif`,FS=`#ifdef USE_GRADIENTMAP
	uniform sampler2D gradientMap;
#endif
vec3 getGradientIrradiance( vec3 normal, vec3 lightDirection ) {
	float dotNL = dot( normal, lightDirection );
	vec2 coord = vec2( dotNL * 0.5 + 0.5, 0.0 );
	#ifdef USE_GRADIENTMAP
		return vec3( texture2D( gradientMap, coord ).r );
	#else
		vec2 fw = fwidth( coord ) * 0.5;
		return mix( vec3( 0.7 ), vec3( 1.0 ), smoothstep( 0.7 - fw.x, 0.7 + fw.x, coord.x ) );
	#endif
}`,OS=`#ifdef USE_LIGHTMAP
	uniform sampler2D lightMap;
	uniform float lightMapIntensity;
#endif`,BS=`LambertMaterial material;
material.diffuseColor = diffuseColor.rgb;
material.specularStrength = specularStrength;`,kS=`varying vec3 vViewPosition;
struct LambertMaterial {
	vec3 diffuseColor;
	float specularStrength;
};
void RE_Direct_Lambert( const in IncidentLight directLight, const in vec3 geometryPosition, const in vec3 geometryNormal, const in vec3 geometryViewDir, const in vec3 geometryClearcoatNormal, const in LambertMaterial material, inout ReflectedLight reflectedLight ) {
	float dotNL = saturate( dot( geometryNormal, directLight.direction ) );
	vec3 irradiance = dotNL * directLight.color;
	reflectedLight.directDiffuse += irradiance * BRDF_Lambert( material.diffuseColor );
}
void RE_IndirectDiffuse_Lambert( const in vec3 irradiance, const in vec3 geometryPosition, const in vec3 geometryNormal, const in vec3 geometryViewDir, const in vec3 geometryClearcoatNormal, const in LambertMaterial material, inout ReflectedLight reflectedLight ) {
	reflectedLight.indirectDiffuse += irradiance * BRDF_Lambert( material.diffuseColor );
}
#define RE_Direct				RE_Direct_Lambert
#define RE_IndirectDiffuse		RE_IndirectDiffuse_Lambert`,zS=`uniform bool receiveShadow;
uniform vec3 ambientLightColor;
#if defined( USE_LIGHT_PROBES )
	uniform vec3 lightProbe[ 9 ];
#endif
vec3 shGetIrradianceAt( in vec3 normal, in vec3 shCoefficients[ 9 ] ) {
	float x = normal.x, y = normal.y, z = normal.z;
	vec3 result = shCoefficients[ 0 ] * 0.886227;
	result += shCoefficients[ 1 ] * 2.0 * 0.511664 * y;
	result += shCoefficients[ 2 ] * 2.0 * 0.511664 * z;
	result += shCoefficients[ 3 ] * 2.0 * 0.511664 * x;
	result += shCoefficients[ 4 ] * 2.0 * 0.429043 * x * y;
	result += shCoefficients[ 5 ] * 2.0 * 0.429043 * y * z;
	result += shCoefficients[ 6 ] * ( 0.743125 * z * z - 0.247708 );
	result += shCoefficients[ 7 ] * 2.0 * 0.429043 * x * z;
	result += shCoefficients[ 8 ] * 0.429043 * ( x * x - y * y );
	return result;
}
vec3 getLightProbeIrradiance( const in vec3 lightProbe[ 9 ], const in vec3 normal ) {
	vec3 worldNormal = transformNormalByInverseViewMatrix( normal, viewMatrix );
	vec3 irradiance = shGetIrradianceAt( worldNormal, lightProbe );
	return irradiance;
}
vec3 getAmbientLightIrradiance( const in vec3 ambientLightColor ) {
	vec3 irradiance = ambientLightColor;
	return irradiance;
}
float getDistanceAttenuation( const in float lightDistance, const in float cutoffDistance, const in float decayExponent ) {
	float distanceFalloff = 1.0 / max( pow( lightDistance, decayExponent ), 0.01 );
	if ( cutoffDistance > 0.0 ) {
		distanceFalloff *= pow2( saturate( 1.0 - pow4( lightDistance / cutoffDistance ) ) );
	}
	return distanceFalloff;
}
float getSpotAttenuation( const in float coneCosine, const in float penumbraCosine, const in float angleCosine ) {
	return smoothstep( coneCosine, penumbraCosine, angleCosine );
}
#if NUM_SUN_LIGHTS > 0
	struct SunLight {
		vec3 direction;
		vec3 color;
	};
	uniform SunLight sunLights[ NUM_SUN_LIGHTS ];
	void getSunLightInfo( const in SunLight sunLight, out IncidentLight light ) {
		light.color = sunLight.color;
		light.direction = sunLight.direction;
		light.visible = true;
	}
#endif
#if NUM_DIR_LIGHTS > 0
	struct DirectionalLight {
		vec3 direction;
		vec3 color;
	};
	uniform DirectionalLight directionalLights[ NUM_DIR_LIGHTS ];
	void getDirectionalLightInfo( const in DirectionalLight directionalLight, out IncidentLight light ) {
		light.color = directionalLight.color;
		light.direction = directionalLight.direction;
		light.visible = true;
	}
#endif
#if NUM_POINT_LIGHTS > 0
	struct PointLight {
		vec3 position;
		vec3 color;
		float distance;
		float decay;
	};
	uniform PointLight pointLights[ NUM_POINT_LIGHTS ];
	void getPointLightInfo( const in PointLight pointLight, const in vec3 geometryPosition, out IncidentLight light ) {
		vec3 lVector = pointLight.position - geometryPosition;
		light.direction = normalize( lVector );
		float lightDistance = length( lVector );
		light.color = pointLight.color;
		light.color *= getDistanceAttenuation( lightDistance, pointLight.distance, pointLight.decay );
		light.visible = ( light.color != vec3( 0.0 ) );
	}
#endif
#if NUM_SPOT_LIGHTS > 0
	struct SpotLight {
		vec3 position;
		vec3 direction;
		vec3 color;
		float distance;
		float decay;
		float coneCos;
		float penumbraCos;
	};
	uniform SpotLight spotLights[ NUM_SPOT_LIGHTS ];
	void getSpotLightInfo( const in SpotLight spotLight, const in vec3 geometryPosition, out IncidentLight light ) {
		vec3 lVector = spotLight.position - geometryPosition;
		light.direction = normalize( lVector );
		float angleCos = dot( light.direction, spotLight.direction );
		float spotAttenuation = getSpotAttenuation( spotLight.coneCos, spotLight.penumbraCos, angleCos );
		if ( spotAttenuation > 0.0 ) {
			float lightDistance = length( lVector );
			light.color = spotLight.color * spotAttenuation;
			light.color *= getDistanceAttenuation( lightDistance, spotLight.distance, spotLight.decay );
			light.visible = ( light.color != vec3( 0.0 ) );
		} else {
			light.color = vec3( 0.0 );
			light.visible = false;
		}
	}
#endif
#if NUM_RECT_AREA_LIGHTS > 0
	struct RectAreaLight {
		vec3 color;
		vec3 position;
		vec3 halfWidth;
		vec3 halfHeight;
	};
	uniform sampler2D ltc_1;	uniform sampler2D ltc_2;
	uniform RectAreaLight rectAreaLights[ NUM_RECT_AREA_LIGHTS ];
#endif
#if NUM_HEMI_LIGHTS > 0
	struct HemisphereLight {
		vec3 direction;
		vec3 skyColor;
		vec3 groundColor;
	};
	uniform HemisphereLight hemisphereLights[ NUM_HEMI_LIGHTS ];
	vec3 getHemisphereLightIrradiance( const in HemisphereLight hemiLight, const in vec3 normal ) {
		float dotNL = dot( normal, hemiLight.direction );
		float hemiDiffuseWeight = 0.5 * dotNL + 0.5;
		vec3 irradiance = mix( hemiLight.groundColor, hemiLight.skyColor, hemiDiffuseWeight );
		return irradiance;
	}
#endif
#include <lightprobes_pars_fragment>`,VS=`#ifdef USE_ENVMAP
	vec3 getIBLIrradiance( const in vec3 normal ) {
		#ifdef ENVMAP_TYPE_PMREM
			vec3 worldNormal = transformNormalByInverseViewMatrix( normal, viewMatrix );
			vec4 envMapColor = textureLod( envMap, envMapRotation * worldNormal, ENVMAP_MAX_LOD );
			return PI * envMapColor.rgb * envMapIntensity;
		#else
			return vec3( 0.0 );
		#endif
	}
	vec3 getIBLRadiance( const in vec3 viewDir, const in vec3 normal, const in float roughness ) {
		#ifdef ENVMAP_TYPE_PMREM
			vec3 reflectVec = reflect( - viewDir, normal );
			reflectVec = normalize( mix( reflectVec, normal, pow4( roughness ) ) );
			reflectVec = transformDirectionByInverseViewMatrix( reflectVec, viewMatrix );
			vec4 envMapColor = textureLod( envMap, envMapRotation * reflectVec, roughnessToMip( roughness ) );
			return envMapColor.rgb * envMapIntensity;
		#else
			return vec3( 0.0 );
		#endif
	}
	#ifdef USE_RETROREFLECTION
		vec3 getIBLRetroRadiance( const in vec3 viewDir, const in vec3 normal, const in float roughness ) {
			#ifdef ENVMAP_TYPE_PMREM
				vec3 retroVec = normalize( mix( viewDir, normal, pow4( roughness ) ) );
				retroVec = transformDirectionByInverseViewMatrix( retroVec, viewMatrix );
				vec4 envMapColor = textureLod( envMap, envMapRotation * retroVec, roughnessToMip( roughness ) );
				return envMapColor.rgb * envMapIntensity;
			#else
				return vec3( 0.0 );
			#endif
		}
	#endif
	#ifdef USE_ANISOTROPY
		vec3 getIBLAnisotropyRadiance( const in vec3 viewDir, const in vec3 normal, const in float roughness, const in vec3 bitangent, const in float anisotropy ) {
			#ifdef ENVMAP_TYPE_PMREM
				vec3 bentNormal = cross( bitangent, viewDir );
				bentNormal = normalize( cross( bentNormal, bitangent ) );
				bentNormal = normalize( mix( bentNormal, normal, pow2( pow2( 1.0 - anisotropy * ( 1.0 - roughness ) ) ) ) );
				return getIBLRadiance( viewDir, bentNormal, roughness );
			#else
				return vec3( 0.0 );
			#endif
		}
		#ifdef USE_RETROREFLECTION
			vec3 getIBLAnisotropyRetroRadiance( const in vec3 viewDir, const in vec3 normal, const in float roughness, const in vec3 bitangent, const in float anisotropy ) {
				#ifdef ENVMAP_TYPE_PMREM
					vec3 bentNormal = cross( bitangent, viewDir );
					bentNormal = normalize( cross( bentNormal, bitangent ) );
					bentNormal = normalize( mix( bentNormal, normal, pow2( pow2( 1.0 - anisotropy * ( 1.0 - roughness ) ) ) ) );
					return getIBLRetroRadiance( viewDir, bentNormal, roughness );
				#else
					return vec3( 0.0 );
				#endif
			}
		#endif
	#endif
#endif`,GS=`ToonMaterial material;
material.diffuseColor = diffuseColor.rgb;`,HS=`varying vec3 vViewPosition;
struct ToonMaterial {
	vec3 diffuseColor;
};
void RE_Direct_Toon( const in IncidentLight directLight, const in vec3 geometryPosition, const in vec3 geometryNormal, const in vec3 geometryViewDir, const in vec3 geometryClearcoatNormal, const in ToonMaterial material, inout ReflectedLight reflectedLight ) {
	vec3 irradiance = getGradientIrradiance( geometryNormal, directLight.direction ) * directLight.color;
	reflectedLight.directDiffuse += irradiance * BRDF_Lambert( material.diffuseColor );
}
void RE_IndirectDiffuse_Toon( const in vec3 irradiance, const in vec3 geometryPosition, const in vec3 geometryNormal, const in vec3 geometryViewDir, const in vec3 geometryClearcoatNormal, const in ToonMaterial material, inout ReflectedLight reflectedLight ) {
	reflectedLight.indirectDiffuse += irradiance * BRDF_Lambert( material.diffuseColor );
}
#define RE_Direct				RE_Direct_Toon
#define RE_IndirectDiffuse		RE_IndirectDiffuse_Toon`,WS=`BlinnPhongMaterial material;
material.diffuseColor = diffuseColor.rgb;
material.specularColor = specular;
material.specularShininess = shininess;
material.specularStrength = specularStrength;`,XS=`varying vec3 vViewPosition;
struct BlinnPhongMaterial {
	vec3 diffuseColor;
	vec3 specularColor;
	float specularShininess;
	float specularStrength;
};
void RE_Direct_BlinnPhong( const in IncidentLight directLight, const in vec3 geometryPosition, const in vec3 geometryNormal, const in vec3 geometryViewDir, const in vec3 geometryClearcoatNormal, const in BlinnPhongMaterial material, inout ReflectedLight reflectedLight ) {
	float dotNL = saturate( dot( geometryNormal, directLight.direction ) );
	vec3 irradiance = dotNL * directLight.color;
	reflectedLight.directDiffuse += irradiance * BRDF_Lambert( material.diffuseColor );
	reflectedLight.directSpecular += irradiance * BRDF_BlinnPhong( directLight.direction, geometryViewDir, geometryNormal, material.specularColor, material.specularShininess ) * material.specularStrength;
}
void RE_IndirectDiffuse_BlinnPhong( const in vec3 irradiance, const in vec3 geometryPosition, const in vec3 geometryNormal, const in vec3 geometryViewDir, const in vec3 geometryClearcoatNormal, const in BlinnPhongMaterial material, inout ReflectedLight reflectedLight ) {
	reflectedLight.indirectDiffuse += irradiance * BRDF_Lambert( material.diffuseColor );
}
#define RE_Direct				RE_Direct_BlinnPhong
#define RE_IndirectDiffuse		RE_IndirectDiffuse_BlinnPhong`,qS=`PhysicalMaterial material;
material.diffuseColor = diffuseColor.rgb;
material.diffuseContribution = diffuseColor.rgb * ( 1.0 - metalnessFactor );
material.metalness = metalnessFactor;
vec3 dxy = max( abs( dFdx( nonPerturbedNormal ) ), abs( dFdy( nonPerturbedNormal ) ) );
float geometryRoughness = max( max( dxy.x, dxy.y ), dxy.z );
material.roughness = max( roughnessFactor, 0.045 );
material.roughness += geometryRoughness;
material.roughness = min( material.roughness, 1.0 );
#ifdef USE_DIFFUSE_ROUGHNESS
	float diffuseRoughnessFactor = diffuseRoughness;
	#ifdef USE_DIFFUSE_ROUGHNESSMAP
		diffuseRoughnessFactor *= texture2D( diffuseRoughnessMap, vDiffuseRoughnessMapUv ).r;
	#endif
	material.diffuseRoughness = saturate( diffuseRoughnessFactor );
#endif
#ifdef IOR
	material.ior = ior;
	#ifdef USE_SPECULAR
		float specularIntensityFactor = specularIntensity;
		vec3 specularColorFactor = specularColor;
		#ifdef USE_SPECULAR_COLORMAP
			specularColorFactor *= texture2D( specularColorMap, vSpecularColorMapUv ).rgb;
		#endif
		#ifdef USE_SPECULAR_INTENSITYMAP
			specularIntensityFactor *= texture2D( specularIntensityMap, vSpecularIntensityMapUv ).a;
		#endif
		material.specularF90 = mix( specularIntensityFactor, 1.0, metalnessFactor );
	#else
		float specularIntensityFactor = 1.0;
		vec3 specularColorFactor = vec3( 1.0 );
		material.specularF90 = 1.0;
	#endif
	material.specularColor = min( pow2( ( material.ior - 1.0 ) / ( material.ior + 1.0 ) ) * specularColorFactor, vec3( 1.0 ) ) * specularIntensityFactor;
	material.specularColorBlended = mix( material.specularColor, diffuseColor.rgb, metalnessFactor );
#else
	material.specularColor = vec3( 0.04 );
	material.specularColorBlended = mix( material.specularColor, diffuseColor.rgb, metalnessFactor );
	material.specularF90 = 1.0;
#endif
#ifdef USE_CLEARCOAT
	material.clearcoat = clearcoat;
	material.clearcoatRoughness = clearcoatRoughness;
	material.clearcoatF0 = vec3( 0.04 );
	material.clearcoatF90 = 1.0;
	#ifdef USE_CLEARCOATMAP
		material.clearcoat *= texture2D( clearcoatMap, vClearcoatMapUv ).x;
	#endif
	#ifdef USE_CLEARCOAT_ROUGHNESSMAP
		material.clearcoatRoughness *= texture2D( clearcoatRoughnessMap, vClearcoatRoughnessMapUv ).y;
	#endif
	material.clearcoat = saturate( material.clearcoat );	material.clearcoatRoughness = max( material.clearcoatRoughness, 0.045 );
	material.clearcoatRoughness += geometryRoughness;
	material.clearcoatRoughness = min( material.clearcoatRoughness, 1.0 );
#endif
#ifdef USE_DISPERSION
	material.dispersion = dispersion;
#endif
#ifdef USE_RETROREFLECTION
	material.retroreflectivity = retroreflectivity;
#endif
#ifdef USE_IRIDESCENCE
	material.iridescence = iridescence;
	material.iridescenceIOR = iridescenceIOR;
	#ifdef USE_IRIDESCENCEMAP
		material.iridescence *= texture2D( iridescenceMap, vIridescenceMapUv ).r;
	#endif
	#ifdef USE_IRIDESCENCE_THICKNESSMAP
		material.iridescenceThickness = (iridescenceThicknessMaximum - iridescenceThicknessMinimum) * texture2D( iridescenceThicknessMap, vIridescenceThicknessMapUv ).g + iridescenceThicknessMinimum;
	#else
		material.iridescenceThickness = iridescenceThicknessMaximum;
	#endif
#endif
#ifdef USE_SHEEN
	material.sheenColor = sheenColor;
	#ifdef USE_SHEEN_COLORMAP
		material.sheenColor *= texture2D( sheenColorMap, vSheenColorMapUv ).rgb;
	#endif
	material.sheenRoughness = clamp( sheenRoughness, 0.0001, 1.0 );
	#ifdef USE_SHEEN_ROUGHNESSMAP
		material.sheenRoughness *= texture2D( sheenRoughnessMap, vSheenRoughnessMapUv ).a;
	#endif
#endif
#ifdef USE_ANISOTROPY
	#ifdef USE_ANISOTROPYMAP
		mat2 anisotropyMat = mat2( anisotropyVector.x, anisotropyVector.y, - anisotropyVector.y, anisotropyVector.x );
		vec3 anisotropyPolar = texture2D( anisotropyMap, vAnisotropyMapUv ).rgb;
		vec2 anisotropyV = anisotropyMat * normalize( 2.0 * anisotropyPolar.rg - vec2( 1.0 ) ) * anisotropyPolar.b;
	#else
		vec2 anisotropyV = anisotropyVector;
	#endif
	material.anisotropy = length( anisotropyV );
	if( material.anisotropy == 0.0 ) {
		anisotropyV = vec2( 1.0, 0.0 );
	} else {
		anisotropyV /= material.anisotropy;
		material.anisotropy = saturate( material.anisotropy );
	}
	material.alphaT = mix( pow2( material.roughness ), 1.0, pow2( material.anisotropy ) );
	material.anisotropyT = tbn[ 0 ] * anisotropyV.x + tbn[ 1 ] * anisotropyV.y;
	material.anisotropyB = tbn[ 1 ] * anisotropyV.x - tbn[ 0 ] * anisotropyV.y;
#endif`,$S=`uniform sampler2D dfgLUT;
struct PhysicalMaterial {
	vec3 diffuseColor;
	vec3 diffuseContribution;
	vec3 specularColor;
	vec3 specularColorBlended;
	float roughness;
	float metalness;
	float specularF90;
	float dispersion;
	vec2 dfg;
	vec3 multiScatteringCompensation;
	#ifdef USE_DIFFUSE_ROUGHNESS
		float diffuseRoughness;
	#endif
	#ifdef USE_RETROREFLECTION
		float retroreflectivity;
	#endif
	#ifdef USE_CLEARCOAT
		float clearcoat;
		float clearcoatRoughness;
		vec3 clearcoatF0;
		float clearcoatF90;
	#endif
	#ifdef USE_IRIDESCENCE
		float iridescence;
		float iridescenceIOR;
		float iridescenceThickness;
		vec3 iridescenceFresnel;
		vec3 iridescenceF0Dielectric;
		vec3 iridescenceF0Metallic;
	#endif
	#ifdef USE_SHEEN
		vec3 sheenColor;
		float sheenRoughness;
	#endif
	#ifdef IOR
		float ior;
	#endif
	#ifdef USE_TRANSMISSION
		float transmission;
		float transmissionAlpha;
		float thickness;
		float attenuationDistance;
		vec3 attenuationColor;
	#endif
	#ifdef USE_ANISOTROPY
		float anisotropy;
		float alphaT;
		vec3 anisotropyT;
		vec3 anisotropyB;
	#endif
};
vec3 clearcoatSpecularDirect = vec3( 0.0 );
vec3 clearcoatSpecularIndirect = vec3( 0.0 );
vec3 sheenSpecularDirect = vec3( 0.0 );
vec3 sheenSpecularIndirect = vec3(0.0 );
vec3 Schlick_to_F0( const in vec3 f, const in float f90, const in float dotVH ) {
    float x = clamp( 1.0 - dotVH, 0.0, 1.0 );
    float x2 = x * x;
    float x5 = clamp( x * x2 * x2, 0.0, 0.9999 );
    return ( f - vec3( f90 ) * x5 ) / ( 1.0 - x5 );
}
#ifdef USE_DIFFUSE_ROUGHNESS
	const float EON_EPSILON = 1e-7;
	float FON_DirectionalAlbedo( const in float mu, const in float roughness, const in float A ) {
		float muComp = 1.0 - mu;
		float gOverPi = muComp * ( 0.0571085289 + muComp * ( 0.491881867 + muComp * ( - 0.332181442 + muComp * 0.0714429953 ) ) );
		return A * ( 1.0 + roughness * gOverPi );
	}
	vec3 BRDF_EON( const in vec3 lightDir, const in vec3 viewDir, const in vec3 normal, const in vec3 diffuseColor, const in float roughness ) {
		vec3 rho = saturate( diffuseColor );
		if ( roughness <= EON_EPSILON ) return BRDF_Lambert( rho );
		float dotNL = saturate( dot( normal, lightDir ) );
		float dotNV = saturate( dot( normal, viewDir ) );
		float s = dot( lightDir, viewDir ) - dotNL * dotNV;
		float sOverT = ( s > 0.0 ) ? s / max( max( dotNL, dotNV ), EON_EPSILON ) : s;
		float A = 1.0 / ( 1.0 + ( 0.5 - 2.0 / ( 3.0 * PI ) ) * roughness );
		vec3 singleScatter = rho * RECIPROCAL_PI * A * ( 1.0 + roughness * sOverT );
		float averageAlbedo = A * ( 1.0 + ( 2.0 / 3.0 - 28.0 / ( 15.0 * PI ) ) * roughness );
		float albedoV = FON_DirectionalAlbedo( dotNV, roughness, A );
		float albedoL = FON_DirectionalAlbedo( dotNL, roughness, A );
		vec3 rhoMultiScatter = rho * rho * averageAlbedo / max( vec3( EON_EPSILON ), vec3( 1.0 ) - rho * ( 1.0 - averageAlbedo ) );
		vec3 multiScatter = rhoMultiScatter * RECIPROCAL_PI
			* max( EON_EPSILON, 1.0 - albedoV )
			* max( EON_EPSILON, 1.0 - albedoL )
			/ max( EON_EPSILON, 1.0 - averageAlbedo );
		return singleScatter + multiScatter;
	}
	vec3 EON_DirectionalAlbedo( const in vec3 diffuseColor, const in float roughness, const in float dotNV ) {
		vec3 rho = saturate( diffuseColor );
		if ( roughness <= EON_EPSILON ) return rho;
		float A = 1.0 / ( 1.0 + ( 0.5 - 2.0 / ( 3.0 * PI ) ) * roughness );
		float directionalAlbedo = FON_DirectionalAlbedo( dotNV, roughness, A );
		float averageAlbedo = A * ( 1.0 + ( 2.0 / 3.0 - 28.0 / ( 15.0 * PI ) ) * roughness );
		vec3 rhoMultiScatter = rho * rho * averageAlbedo / max( vec3( EON_EPSILON ), vec3( 1.0 ) - rho * ( 1.0 - averageAlbedo ) );
		return rho * directionalAlbedo + rhoMultiScatter * ( 1.0 - directionalAlbedo );
	}
#endif
float V_GGX_SmithCorrelated( const in float alpha, const in float dotNL, const in float dotNV ) {
	float a2 = pow2( alpha );
	float gv = dotNL * sqrt( a2 + ( 1.0 - a2 ) * pow2( dotNV ) );
	float gl = dotNV * sqrt( a2 + ( 1.0 - a2 ) * pow2( dotNL ) );
	return 0.5 / max( gv + gl, EPSILON );
}
float D_GGX( const in float alpha, const in float dotNH ) {
	float a2 = pow2( alpha );
	float denom = pow2( dotNH ) * ( a2 - 1.0 ) + 1.0;
	return RECIPROCAL_PI * a2 / pow2( denom );
}
#ifdef USE_ANISOTROPY
	float V_GGX_SmithCorrelated_Anisotropic( const in float alphaT, const in float alphaB, const in float dotTV, const in float dotBV, const in float dotTL, const in float dotBL, const in float dotNV, const in float dotNL ) {
		float gv = dotNL * length( vec3( alphaT * dotTV, alphaB * dotBV, dotNV ) );
		float gl = dotNV * length( vec3( alphaT * dotTL, alphaB * dotBL, dotNL ) );
		return 0.5 / max( gv + gl, EPSILON );
	}
	float D_GGX_Anisotropic( const in float alphaT, const in float alphaB, const in float dotNH, const in float dotTH, const in float dotBH ) {
		float a2 = alphaT * alphaB;
		highp vec3 v = vec3( alphaB * dotTH, alphaT * dotBH, a2 * dotNH );
		highp float v2 = dot( v, v );
		float w2 = a2 / v2;
		return RECIPROCAL_PI * a2 * pow2 ( w2 );
	}
#endif
#ifdef USE_CLEARCOAT
	vec3 BRDF_GGX_Clearcoat( const in vec3 lightDir, const in vec3 viewDir, const in vec3 normal, const in PhysicalMaterial material) {
		vec3 f0 = material.clearcoatF0;
		float f90 = material.clearcoatF90;
		float roughness = max( material.clearcoatRoughness, 0.045 );
		float alpha = pow2( roughness );
		vec3 halfDir = normalize( lightDir + viewDir );
		float dotNL = saturate( dot( normal, lightDir ) );
		float dotNV = saturate( dot( normal, viewDir ) );
		float dotNH = saturate( dot( normal, halfDir ) );
		float dotVH = saturate( dot( viewDir, halfDir ) );
		vec3 F = F_Schlick( f0, f90, dotVH );
		float V = V_GGX_SmithCorrelated( alpha, dotNL, dotNV );
		float D = D_GGX( alpha, dotNH );
		return F * ( V * D );
	}
#endif
vec3 BRDF_GGX( const in vec3 lightDir, const in vec3 viewDir, const in vec3 normal, const in PhysicalMaterial material ) {
	vec3 f0 = material.specularColorBlended;
	float f90 = material.specularF90;
	float roughness = max( material.roughness, 0.045 );
	float alpha = pow2( roughness );
	vec3 halfDir = normalize( lightDir + viewDir );
	float dotNL = saturate( dot( normal, lightDir ) );
	float dotNV = saturate( dot( normal, viewDir ) );
	float dotNH = saturate( dot( normal, halfDir ) );
	float dotVH = saturate( dot( viewDir, halfDir ) );
	vec3 F = F_Schlick( f0, f90, dotVH );
	#ifdef USE_IRIDESCENCE
		F = mix( F, material.iridescenceFresnel, material.iridescence );
	#endif
	#ifdef USE_ANISOTROPY
		float dotTL = dot( material.anisotropyT, lightDir );
		float dotTV = dot( material.anisotropyT, viewDir );
		float dotTH = dot( material.anisotropyT, halfDir );
		float dotBL = dot( material.anisotropyB, lightDir );
		float dotBV = dot( material.anisotropyB, viewDir );
		float dotBH = dot( material.anisotropyB, halfDir );
		float alphaT = max( material.alphaT, alpha );
		float V = V_GGX_SmithCorrelated_Anisotropic( alphaT, alpha, dotTV, dotBV, dotTL, dotBL, dotNV, dotNL );
		float D = D_GGX_Anisotropic( alphaT, alpha, dotNH, dotTH, dotBH );
	#else
		float V = V_GGX_SmithCorrelated( alpha, dotNL, dotNV );
		float D = D_GGX( alpha, dotNH );
	#endif
	return F * ( V * D );
}
vec2 LTC_Uv( const in vec3 N, const in vec3 V, const in float roughness ) {
	const float LUT_SIZE = 64.0;
	const float LUT_SCALE = ( LUT_SIZE - 1.0 ) / LUT_SIZE;
	const float LUT_BIAS = 0.5 / LUT_SIZE;
	float dotNV = saturate( dot( N, V ) );
	vec2 uv = vec2( roughness, sqrt( 1.0 - dotNV ) );
	uv = uv * LUT_SCALE + LUT_BIAS;
	return uv;
}
float LTC_ClippedSphereFormFactor( const in vec3 f ) {
	float l = length( f );
	return max( ( l * l + f.z ) / ( l + 1.0 ), 0.0 );
}
vec3 LTC_EdgeVectorFormFactor( const in vec3 v1, const in vec3 v2 ) {
	float x = dot( v1, v2 );
	float y = abs( x );
	float a = 0.8543985 + ( 0.4965155 + 0.0145206 * y ) * y;
	float b = 3.4175940 + ( 4.1616724 + y ) * y;
	float v = a / b;
	float theta_sintheta = ( x > 0.0 ) ? v : 0.5 * inversesqrt( max( 1.0 - x * x, 1e-7 ) ) - v;
	return cross( v1, v2 ) * theta_sintheta;
}
vec3 LTC_Evaluate( const in vec3 N, const in vec3 V, const in vec3 P, const in mat3 mInv, const in vec3 rectCoords[ 4 ] ) {
	vec3 v1 = rectCoords[ 1 ] - rectCoords[ 0 ];
	vec3 v2 = rectCoords[ 3 ] - rectCoords[ 0 ];
	vec3 lightNormal = cross( v1, v2 );
	if( dot( lightNormal, P - rectCoords[ 0 ] ) < 0.0 ) return vec3( 0.0 );
	vec3 T1, T2;
	T1 = normalize( V - N * dot( V, N ) );
	T2 = - cross( N, T1 );
	mat3 mat = mInv * transpose( mat3( T1, T2, N ) );
	vec3 coords[ 4 ];
	coords[ 0 ] = mat * ( rectCoords[ 0 ] - P );
	coords[ 1 ] = mat * ( rectCoords[ 1 ] - P );
	coords[ 2 ] = mat * ( rectCoords[ 2 ] - P );
	coords[ 3 ] = mat * ( rectCoords[ 3 ] - P );
	coords[ 0 ] = normalize( coords[ 0 ] );
	coords[ 1 ] = normalize( coords[ 1 ] );
	coords[ 2 ] = normalize( coords[ 2 ] );
	coords[ 3 ] = normalize( coords[ 3 ] );
	vec3 vectorFormFactor = vec3( 0.0 );
	vectorFormFactor += LTC_EdgeVectorFormFactor( coords[ 0 ], coords[ 1 ] );
	vectorFormFactor += LTC_EdgeVectorFormFactor( coords[ 1 ], coords[ 2 ] );
	vectorFormFactor += LTC_EdgeVectorFormFactor( coords[ 2 ], coords[ 3 ] );
	vectorFormFactor += LTC_EdgeVectorFormFactor( coords[ 3 ], coords[ 0 ] );
	float result = LTC_ClippedSphereFormFactor( vectorFormFactor );
	return vec3( result );
}
#if defined( USE_SHEEN )
float D_Charlie( float roughness, float dotNH ) {
	float alpha = pow2( roughness );
	float invAlpha = 1.0 / alpha;
	float cos2h = dotNH * dotNH;
	float sin2h = max( 1.0 - cos2h, 0.0078125 );
	return ( 2.0 + invAlpha ) * pow( sin2h, invAlpha * 0.5 ) / ( 2.0 * PI );
}
float V_Neubelt( float dotNV, float dotNL ) {
	return saturate( 1.0 / ( 4.0 * ( dotNL + dotNV - dotNL * dotNV ) ) );
}
vec3 BRDF_Sheen( const in vec3 lightDir, const in vec3 viewDir, const in vec3 normal, vec3 sheenColor, const in float sheenRoughness ) {
	vec3 halfDir = normalize( lightDir + viewDir );
	float dotNL = saturate( dot( normal, lightDir ) );
	float dotNV = saturate( dot( normal, viewDir ) );
	float dotNH = saturate( dot( normal, halfDir ) );
	float D = D_Charlie( sheenRoughness, dotNH );
	float V = V_Neubelt( dotNV, dotNL );
	return sheenColor * ( D * V );
}
#endif
float IBLSheenBRDF( const in vec3 normal, const in vec3 viewDir, const in float roughness ) {
	float dotNV = saturate( dot( normal, viewDir ) );
	float r2 = roughness * roughness;
	float rInv = 1.0 / ( roughness + 0.1 );
	float a = -1.9362 + 1.0678 * roughness + 0.4573 * r2 - 0.8469 * rInv;
	float b = -0.6014 + 0.5538 * roughness - 0.4670 * r2 - 0.1255 * rInv;
	float DG = exp( a * dotNV + b );
	return saturate( DG );
}
vec3 EnvironmentBRDF( const in vec3 normal, const in vec3 viewDir, const in vec3 specularColor, const in float specularF90, const in float roughness ) {
	float dotNV = saturate( dot( normal, viewDir ) );
	vec2 fab = texture2D( dfgLUT, vec2( roughness, dotNV ) ).rg;
	return specularColor * fab.x + specularF90 * fab.y;
}
#ifdef USE_IRIDESCENCE
void computeMultiscatteringIridescence( const in vec2 fab, const in vec3 specularColor, const in float specularF90, const in float iridescence, const in vec3 iridescenceF0, inout vec3 singleScatter, inout vec3 multiScatter ) {
#else
void computeMultiscattering( const in vec2 fab, const in vec3 specularColor, const in float specularF90, inout vec3 singleScatter, inout vec3 multiScatter ) {
#endif
	#ifdef USE_IRIDESCENCE
		vec3 Fr = mix( specularColor, iridescenceF0, iridescence );
	#else
		vec3 Fr = specularColor;
	#endif
	vec3 FssEss = Fr * fab.x + specularF90 * fab.y;
	float Ess = fab.x + fab.y;
	float Ems = 1.0 - Ess;
	vec3 Favg = Fr + ( 1.0 - Fr ) * 0.047619;	vec3 Fms = FssEss * Favg / ( 1.0 - Ems * Favg );
	singleScatter += FssEss;
	multiScatter += Fms * Ems;
}
#if NUM_RECT_AREA_LIGHTS > 0
	void RE_Direct_RectArea_Physical( const in RectAreaLight rectAreaLight, const in vec3 geometryPosition, const in vec3 geometryNormal, const in vec3 geometryViewDir, const in vec3 geometryClearcoatNormal, const in PhysicalMaterial material, inout ReflectedLight reflectedLight ) {
		vec3 normal = geometryNormal;
		vec3 viewDir = geometryViewDir;
		vec3 position = geometryPosition;
		vec3 lightPos = rectAreaLight.position;
		vec3 halfWidth = rectAreaLight.halfWidth;
		vec3 halfHeight = rectAreaLight.halfHeight;
		vec3 lightColor = rectAreaLight.color;
		float roughness = material.roughness;
		vec3 rectCoords[ 4 ];
		rectCoords[ 0 ] = lightPos + halfWidth - halfHeight;		rectCoords[ 1 ] = lightPos - halfWidth - halfHeight;
		rectCoords[ 2 ] = lightPos - halfWidth + halfHeight;
		rectCoords[ 3 ] = lightPos + halfWidth + halfHeight;
		vec2 uv = LTC_Uv( normal, viewDir, roughness );
		vec4 t1 = texture2D( ltc_1, uv );
		vec4 t2 = texture2D( ltc_2, uv );
		mat3 mInv = mat3(
			vec3( t1.x, 0, t1.y ),
			vec3(    0, 1,    0 ),
			vec3( t1.z, 0, t1.w )
		);
		vec3 fresnel = ( material.specularColorBlended * t2.x + ( material.specularF90 - material.specularColorBlended ) * t2.y );
		reflectedLight.directSpecular += lightColor * fresnel * LTC_Evaluate( normal, viewDir, position, mInv, rectCoords );
		reflectedLight.directDiffuse += lightColor * material.diffuseContribution * LTC_Evaluate( normal, viewDir, position, mat3( 1.0 ), rectCoords );
		#ifdef USE_CLEARCOAT
			vec3 Ncc = geometryClearcoatNormal;
			vec2 uvClearcoat = LTC_Uv( Ncc, viewDir, material.clearcoatRoughness );
			vec4 t1Clearcoat = texture2D( ltc_1, uvClearcoat );
			vec4 t2Clearcoat = texture2D( ltc_2, uvClearcoat );
			mat3 mInvClearcoat = mat3(
				vec3( t1Clearcoat.x, 0, t1Clearcoat.y ),
				vec3(             0, 1,             0 ),
				vec3( t1Clearcoat.z, 0, t1Clearcoat.w )
			);
			vec3 fresnelClearcoat = material.clearcoatF0 * t2Clearcoat.x + ( material.clearcoatF90 - material.clearcoatF0 ) * t2Clearcoat.y;
			clearcoatSpecularDirect += lightColor * fresnelClearcoat * LTC_Evaluate( Ncc, viewDir, position, mInvClearcoat, rectCoords );
		#endif
	}
#endif
void RE_Direct_Physical( const in IncidentLight directLight, const in vec3 geometryPosition, const in vec3 geometryNormal, const in vec3 geometryViewDir, const in vec3 geometryClearcoatNormal, const in PhysicalMaterial material, inout ReflectedLight reflectedLight ) {
	float dotNL = saturate( dot( geometryNormal, directLight.direction ) );
	vec3 irradiance = dotNL * directLight.color;
	#ifdef USE_CLEARCOAT
		float dotNLcc = saturate( dot( geometryClearcoatNormal, directLight.direction ) );
		vec3 ccIrradiance = dotNLcc * directLight.color;
		clearcoatSpecularDirect += ccIrradiance * BRDF_GGX_Clearcoat( directLight.direction, geometryViewDir, geometryClearcoatNormal, material );
	#endif
	#ifdef USE_SHEEN
 
 		sheenSpecularDirect += irradiance * BRDF_Sheen( directLight.direction, geometryViewDir, geometryNormal, material.sheenColor, material.sheenRoughness );
 
 		float sheenAlbedoV = IBLSheenBRDF( geometryNormal, geometryViewDir, material.sheenRoughness );
 		float sheenAlbedoL = IBLSheenBRDF( geometryNormal, directLight.direction, material.sheenRoughness );
 
 		float sheenEnergyComp = 1.0 - max3( material.sheenColor ) * max( sheenAlbedoV, sheenAlbedoL );
 
 		irradiance *= sheenEnergyComp;
 
 	#endif
	vec3 specularBRDF = BRDF_GGX( directLight.direction, geometryViewDir, geometryNormal, material );
	#ifdef USE_RETROREFLECTION
		vec3 retroViewDir = reflect( - geometryViewDir, geometryNormal );
		vec3 retroSpecularBRDF = BRDF_GGX( directLight.direction, retroViewDir, geometryNormal, material );
		specularBRDF = mix( specularBRDF, retroSpecularBRDF, saturate( material.retroreflectivity ) );
	#endif
	reflectedLight.directSpecular += irradiance * specularBRDF * material.multiScatteringCompensation;
	vec3 halfDir = normalize( directLight.direction + geometryViewDir );
	float dotVH = saturate( dot( geometryViewDir, halfDir ) );
	vec3 F = F_Schlick( material.specularColor, material.specularF90, dotVH );
	#ifdef USE_RETROREFLECTION
		vec3 retroHalfDir = normalize( directLight.direction + retroViewDir );
		float dotRetroVH = saturate( dot( retroViewDir, retroHalfDir ) );
		vec3 retroF = F_Schlick( material.specularColor, material.specularF90, dotRetroVH );
		F = mix( F, retroF, saturate( material.retroreflectivity ) );
	#endif
	#ifdef USE_DIFFUSE_ROUGHNESS
		vec3 diffuseBRDF = BRDF_EON( directLight.direction, geometryViewDir, geometryNormal, material.diffuseColor, material.diffuseRoughness ) * ( 1.0 - material.metalness );
	#else
		vec3 diffuseBRDF = BRDF_Lambert( material.diffuseContribution );
	#endif
	reflectedLight.directDiffuse += irradiance * diffuseBRDF * ( 1.0 - F );
}
void RE_IndirectDiffuse_Physical( const in vec3 irradiance, const in vec3 geometryPosition, const in vec3 geometryNormal, const in vec3 geometryViewDir, const in vec3 geometryClearcoatNormal, const in PhysicalMaterial material, inout ReflectedLight reflectedLight ) {
	vec3 singleScattering = vec3( 0.0 );
	vec3 multiScattering = vec3( 0.0 );
	#ifdef USE_IRIDESCENCE
		computeMultiscatteringIridescence( material.dfg, material.specularColor, material.specularF90, material.iridescence, material.iridescenceF0Dielectric, singleScattering, multiScattering );
	#else
		computeMultiscattering( material.dfg, material.specularColor, material.specularF90, singleScattering, multiScattering );
	#endif
	#ifdef USE_DIFFUSE_ROUGHNESS
		float dotNV = saturate( dot( geometryNormal, geometryViewDir ) );
		vec3 diffuseAlbedo = EON_DirectionalAlbedo( material.diffuseColor, material.diffuseRoughness, dotNV ) * ( 1.0 - material.metalness );
		vec3 diffuse = irradiance * RECIPROCAL_PI * diffuseAlbedo * ( 1.0 - singleScattering - multiScattering );
	#else
		vec3 diffuse = irradiance * BRDF_Lambert( material.diffuseContribution ) * ( 1.0 - singleScattering - multiScattering );
	#endif
	#ifdef USE_SHEEN
		float sheenAlbedo = IBLSheenBRDF( geometryNormal, geometryViewDir, material.sheenRoughness );
		sheenSpecularIndirect += irradiance * material.sheenColor * sheenAlbedo * RECIPROCAL_PI;
		float sheenEnergyComp = 1.0 - max3( material.sheenColor ) * sheenAlbedo;
		diffuse *= sheenEnergyComp;
	#endif
	reflectedLight.indirectDiffuse += diffuse;
}
void RE_IndirectSpecular_Physical( const in vec3 radiance, const in vec3 irradiance, const in vec3 clearcoatRadiance, const in vec3 geometryPosition, const in vec3 geometryNormal, const in vec3 geometryViewDir, const in vec3 geometryClearcoatNormal, const in PhysicalMaterial material, inout ReflectedLight reflectedLight) {
	#ifdef USE_CLEARCOAT
		clearcoatSpecularIndirect += clearcoatRadiance * EnvironmentBRDF( geometryClearcoatNormal, geometryViewDir, material.clearcoatF0, material.clearcoatF90, material.clearcoatRoughness );
	#endif
	#ifdef USE_SHEEN
		sheenSpecularIndirect += irradiance * material.sheenColor * IBLSheenBRDF( geometryNormal, geometryViewDir, material.sheenRoughness ) * RECIPROCAL_PI;
 	#endif
	vec3 singleScatteringDielectric = vec3( 0.0 );
	vec3 multiScatteringDielectric = vec3( 0.0 );
	vec3 singleScatteringMetallic = vec3( 0.0 );
	vec3 multiScatteringMetallic = vec3( 0.0 );
	#ifdef USE_IRIDESCENCE
		computeMultiscatteringIridescence( material.dfg, material.specularColor, material.specularF90, material.iridescence, material.iridescenceF0Dielectric, singleScatteringDielectric, multiScatteringDielectric );
		computeMultiscatteringIridescence( material.dfg, material.diffuseColor, material.specularF90, material.iridescence, material.iridescenceF0Metallic, singleScatteringMetallic, multiScatteringMetallic );
	#else
		computeMultiscattering( material.dfg, material.specularColor, material.specularF90, singleScatteringDielectric, multiScatteringDielectric );
		computeMultiscattering( material.dfg, material.diffuseColor, material.specularF90, singleScatteringMetallic, multiScatteringMetallic );
	#endif
	vec3 singleScattering = mix( singleScatteringDielectric, singleScatteringMetallic, material.metalness );
	vec3 multiScattering = mix( multiScatteringDielectric, multiScatteringMetallic, material.metalness );
	vec3 totalScatteringDielectric = singleScatteringDielectric + multiScatteringDielectric;
	#ifdef USE_DIFFUSE_ROUGHNESS
		float dotNV = saturate( dot( geometryNormal, geometryViewDir ) );
		vec3 diffuse = EON_DirectionalAlbedo( material.diffuseColor, material.diffuseRoughness, dotNV ) * ( 1.0 - material.metalness ) * ( 1.0 - totalScatteringDielectric );
	#else
		vec3 diffuse = material.diffuseContribution * ( 1.0 - totalScatteringDielectric );
	#endif
	vec3 cosineWeightedIrradiance = irradiance * RECIPROCAL_PI;
	vec3 indirectSpecular = radiance * singleScattering;
	indirectSpecular += multiScattering * cosineWeightedIrradiance;
	vec3 indirectDiffuse = diffuse * cosineWeightedIrradiance;
	#ifdef USE_SHEEN
		float sheenAlbedo = IBLSheenBRDF( geometryNormal, geometryViewDir, material.sheenRoughness );
		float sheenEnergyComp = 1.0 - max3( material.sheenColor ) * sheenAlbedo;
		indirectSpecular *= sheenEnergyComp;
		indirectDiffuse *= sheenEnergyComp;
	#endif
	reflectedLight.indirectSpecular += indirectSpecular;
	reflectedLight.indirectDiffuse += indirectDiffuse;
}
#define RE_Direct				RE_Direct_Physical
#define RE_Direct_RectArea		RE_Direct_RectArea_Physical
#define RE_IndirectDiffuse		RE_IndirectDiffuse_Physical
#define RE_IndirectSpecular		RE_IndirectSpecular_Physical
float computeSpecularOcclusion( const in float dotNV, const in float ambientOcclusion, const in float roughness ) {
	return saturate( pow( dotNV + ambientOcclusion, exp2( - 16.0 * roughness - 1.0 ) ) - 1.0 + ambientOcclusion );
}`,YS=`
vec3 geometryPosition = - vViewPosition;
vec3 geometryNormal = normal;
vec3 geometryViewDir = ( isOrthographic ) ? vec3( 0, 0, 1 ) : normalize( vViewPosition );
vec3 geometryClearcoatNormal = vec3( 0.0 );
#ifdef USE_CLEARCOAT
	geometryClearcoatNormal = clearcoatNormal;
#endif
#ifdef USE_IRIDESCENCE
	float dotNVi = saturate( dot( normal, geometryViewDir ) );
	if ( material.iridescenceThickness == 0.0 ) {
		material.iridescence = 0.0;
	} else {
		material.iridescence = saturate( material.iridescence );
	}
	if ( material.iridescence > 0.0 ) {
		vec3 iridescenceFresnelDielectric = evalIridescence( 1.0, material.iridescenceIOR, dotNVi, material.iridescenceThickness, material.specularColor );
		vec3 iridescenceFresnelMetallic = evalIridescence( 1.0, material.iridescenceIOR, dotNVi, material.iridescenceThickness, material.diffuseColor );
		material.iridescenceFresnel = mix( iridescenceFresnelDielectric, iridescenceFresnelMetallic, material.metalness );
		material.iridescenceF0Dielectric = Schlick_to_F0( iridescenceFresnelDielectric, 1.0, dotNVi );
		material.iridescenceF0Metallic = Schlick_to_F0( iridescenceFresnelMetallic, 1.0, dotNVi );
	}
#endif
#ifdef STANDARD
	float dotNVms = saturate( dot( geometryNormal, geometryViewDir ) );
	material.dfg = texture2D( dfgLUT, vec2( material.roughness, dotNVms ) ).rg;
	#if ( NUM_SUN_LIGHTS > 0 || NUM_DIR_LIGHTS > 0 || NUM_POINT_LIGHTS > 0 || NUM_SPOT_LIGHTS > 0 )
		float EssMs = material.dfg.x + material.dfg.y;
		material.multiScatteringCompensation = 1.0 + material.specularColorBlended * ( 1.0 / EssMs - 1.0 );
	#endif
#endif
IncidentLight directLight;
#if ( NUM_POINT_LIGHTS > 0 ) && defined( RE_Direct )
	PointLight pointLight;
	#if defined( USE_SHADOWMAP ) && NUM_POINT_LIGHT_SHADOWS > 0
	PointLightShadow pointLightShadow;
	#endif
	#pragma unroll_loop_start
	for ( int i = 0; i < NUM_POINT_LIGHTS; i ++ ) {
		pointLight = pointLights[ i ];
		getPointLightInfo( pointLight, geometryPosition, directLight );
		#if defined( USE_SHADOWMAP ) && ( UNROLLED_LOOP_INDEX < NUM_POINT_LIGHT_SHADOWS ) && ( defined( SHADOWMAP_TYPE_PCF ) || defined( SHADOWMAP_TYPE_BASIC ) )
		pointLightShadow = pointLightShadows[ i ];
		directLight.color *= ( directLight.visible && receiveShadow ) ? getPointShadow( pointShadowMap[ i ], pointLightShadow.shadowMapSize, pointLightShadow.shadowIntensity, pointLightShadow.shadowBias, pointLightShadow.shadowRadius, vPointShadowCoord[ i ], pointLightShadow.shadowCameraNear, pointLightShadow.shadowCameraFar ) : 1.0;
		#endif
		RE_Direct( directLight, geometryPosition, geometryNormal, geometryViewDir, geometryClearcoatNormal, material, reflectedLight );
	}
	#pragma unroll_loop_end
#endif
#if ( NUM_SPOT_LIGHTS > 0 ) && defined( RE_Direct )
	SpotLight spotLight;
	vec4 spotColor;
	vec3 spotLightCoord;
	bool inSpotLightMap;
	#if defined( USE_SHADOWMAP ) && NUM_SPOT_LIGHT_SHADOWS > 0
	SpotLightShadow spotLightShadow;
	#endif
	#pragma unroll_loop_start
	for ( int i = 0; i < NUM_SPOT_LIGHTS; i ++ ) {
		spotLight = spotLights[ i ];
		getSpotLightInfo( spotLight, geometryPosition, directLight );
		#if ( UNROLLED_LOOP_INDEX < NUM_SPOT_LIGHT_SHADOWS_WITH_MAPS )
		#define SPOT_LIGHT_MAP_INDEX UNROLLED_LOOP_INDEX
		#elif ( UNROLLED_LOOP_INDEX < NUM_SPOT_LIGHT_SHADOWS )
		#define SPOT_LIGHT_MAP_INDEX NUM_SPOT_LIGHT_MAPS
		#else
		#define SPOT_LIGHT_MAP_INDEX ( UNROLLED_LOOP_INDEX - NUM_SPOT_LIGHT_SHADOWS + NUM_SPOT_LIGHT_SHADOWS_WITH_MAPS )
		#endif
		#if ( SPOT_LIGHT_MAP_INDEX < NUM_SPOT_LIGHT_MAPS )
			spotLightCoord = vSpotLightCoord[ i ].xyz / vSpotLightCoord[ i ].w;
			inSpotLightMap = all( lessThan( abs( spotLightCoord * 2. - 1. ), vec3( 1.0 ) ) );
			spotColor = texture2D( spotLightMap[ SPOT_LIGHT_MAP_INDEX ], spotLightCoord.xy );
			directLight.color = inSpotLightMap ? directLight.color * spotColor.rgb : directLight.color;
		#endif
		#undef SPOT_LIGHT_MAP_INDEX
		#if defined( USE_SHADOWMAP ) && ( UNROLLED_LOOP_INDEX < NUM_SPOT_LIGHT_SHADOWS )
		spotLightShadow = spotLightShadows[ i ];
		directLight.color *= ( directLight.visible && receiveShadow ) ? getShadow( spotShadowMap[ i ], spotLightShadow.shadowMapSize, spotLightShadow.shadowIntensity, spotLightShadow.shadowBias, spotLightShadow.shadowRadius, vSpotLightCoord[ i ] ) : 1.0;
		#endif
		RE_Direct( directLight, geometryPosition, geometryNormal, geometryViewDir, geometryClearcoatNormal, material, reflectedLight );
	}
	#pragma unroll_loop_end
#endif
#if ( NUM_SUN_LIGHTS > 0 ) && defined( RE_Direct )
	SunLight sunLight;
	#if defined( USE_SHADOWMAP ) && NUM_SUN_LIGHT_SHADOWS > 0
	SunLightShadow sunLightShadow;
	#endif
	#pragma unroll_loop_start
	for ( int i = 0; i < NUM_SUN_LIGHTS; i ++ ) {
		sunLight = sunLights[ i ];
		getSunLightInfo( sunLight, directLight );
		#if defined( USE_SHADOWMAP ) && ( UNROLLED_LOOP_INDEX < NUM_SUN_LIGHT_SHADOWS )
		sunLightShadow = sunLightShadows[ i ];
		directLight.color *= ( directLight.visible && receiveShadow ) ? getSunShadow( sunShadowMap[ i ], sunLightShadow, UNROLLED_LOOP_INDEX ) : 1.0;
		#endif
		RE_Direct( directLight, geometryPosition, geometryNormal, geometryViewDir, geometryClearcoatNormal, material, reflectedLight );
	}
	#pragma unroll_loop_end
#endif
#if ( NUM_DIR_LIGHTS > 0 ) && defined( RE_Direct )
	DirectionalLight directionalLight;
	#if defined( USE_SHADOWMAP ) && NUM_DIR_LIGHT_SHADOWS > 0
	DirectionalLightShadow directionalLightShadow;
	#endif
	#pragma unroll_loop_start
	for ( int i = 0; i < NUM_DIR_LIGHTS; i ++ ) {
		directionalLight = directionalLights[ i ];
		getDirectionalLightInfo( directionalLight, directLight );
		#if defined( USE_SHADOWMAP ) && ( UNROLLED_LOOP_INDEX < NUM_DIR_LIGHT_SHADOWS )
		directionalLightShadow = directionalLightShadows[ i ];
		directLight.color *= ( directLight.visible && receiveShadow ) ? getShadow( directionalShadowMap[ i ], directionalLightShadow.shadowMapSize, directionalLightShadow.shadowIntensity, directionalLightShadow.shadowBias, directionalLightShadow.shadowRadius, vDirectionalShadowCoord[ i ] ) : 1.0;
		#endif
		RE_Direct( directLight, geometryPosition, geometryNormal, geometryViewDir, geometryClearcoatNormal, material, reflectedLight );
	}
	#pragma unroll_loop_end
#endif
#if ( NUM_RECT_AREA_LIGHTS > 0 ) && defined( RE_Direct_RectArea )
	RectAreaLight rectAreaLight;
	#pragma unroll_loop_start
	for ( int i = 0; i < NUM_RECT_AREA_LIGHTS; i ++ ) {
		rectAreaLight = rectAreaLights[ i ];
		RE_Direct_RectArea( rectAreaLight, geometryPosition, geometryNormal, geometryViewDir, geometryClearcoatNormal, material, reflectedLight );
	}
	#pragma unroll_loop_end
#endif
#if defined( RE_IndirectDiffuse )
	vec3 iblIrradiance = vec3( 0.0 );
	vec3 irradiance = getAmbientLightIrradiance( ambientLightColor );
	#if defined( USE_LIGHT_PROBES )
		irradiance += getLightProbeIrradiance( lightProbe, geometryNormal );
	#endif
	#if ( NUM_HEMI_LIGHTS > 0 )
		#pragma unroll_loop_start
		for ( int i = 0; i < NUM_HEMI_LIGHTS; i ++ ) {
			irradiance += getHemisphereLightIrradiance( hemisphereLights[ i ], geometryNormal );
		}
		#pragma unroll_loop_end
	#endif
	#if NUM_LIGHT_PROBE_GRIDS > 0
		vec3 probeWorldPos = ( ( vec4( geometryPosition, 1.0 ) - viewMatrix[ 3 ] ) * viewMatrix ).xyz;
		vec3 probeWorldNormal = transformNormalByInverseViewMatrix( geometryNormal, viewMatrix );
		int probeGrid = - 1;
		#pragma unroll_loop_start
		for ( int i = 0; i < NUM_LIGHT_PROBE_GRIDS; i ++ ) {
			if ( isInsideLightProbeGrid( probeWorldPos, probeWorldNormal, probesMin[ i ], probesMax[ i ], probesResolution[ i ] ) ) probeGrid = UNROLLED_LOOP_INDEX;
		}
		#pragma unroll_loop_end
		#pragma unroll_loop_start
		for ( int i = 0; i < NUM_LIGHT_PROBE_GRIDS; i ++ ) {
			if ( probeGrid == UNROLLED_LOOP_INDEX ) irradiance += getLightProbeGridIrradiance( probesSH[ i ], probesMin[ i ], probesMax[ i ], probesResolution[ i ], probeWorldPos, probeWorldNormal );
		}
		#pragma unroll_loop_end
	#endif
#endif
#if defined( RE_IndirectSpecular )
	vec3 radiance = vec3( 0.0 );
	vec3 clearcoatRadiance = vec3( 0.0 );
#endif`,ZS=`#if defined( RE_IndirectDiffuse )
	#ifdef USE_LIGHTMAP
		vec4 lightMapTexel = texture2D( lightMap, vLightMapUv );
		vec3 lightMapIrradiance = lightMapTexel.rgb * lightMapIntensity;
		irradiance += lightMapIrradiance;
	#endif
	#if defined( USE_ENVMAP ) && defined( ENVMAP_TYPE_PMREM )
		#if defined( STANDARD ) || defined( LAMBERT ) || defined( PHONG )
			iblIrradiance += getIBLIrradiance( geometryNormal );
		#endif
	#endif
#endif
#if defined( USE_ENVMAP ) && defined( RE_IndirectSpecular )
	#ifdef USE_ANISOTROPY
		vec3 iblRadiance = getIBLAnisotropyRadiance( geometryViewDir, geometryNormal, material.roughness, material.anisotropyB, material.anisotropy );
	#else
		vec3 iblRadiance = getIBLRadiance( geometryViewDir, geometryNormal, material.roughness );
	#endif
	#ifdef USE_RETROREFLECTION
		#ifdef USE_ANISOTROPY
			vec3 retroIBLRadiance = getIBLAnisotropyRetroRadiance( geometryViewDir, geometryNormal, material.roughness, material.anisotropyB, material.anisotropy );
		#else
			vec3 retroIBLRadiance = getIBLRetroRadiance( geometryViewDir, geometryNormal, material.roughness );
		#endif
		iblRadiance = mix( iblRadiance, retroIBLRadiance, saturate( material.retroreflectivity ) );
	#endif
	radiance += iblRadiance;
	#ifdef USE_CLEARCOAT
		clearcoatRadiance += getIBLRadiance( geometryViewDir, geometryClearcoatNormal, material.clearcoatRoughness );
	#endif
#endif`,JS=`#if defined( RE_IndirectDiffuse )
	#if defined( LAMBERT ) || defined( PHONG )
		irradiance += iblIrradiance;
	#endif
	RE_IndirectDiffuse( irradiance, geometryPosition, geometryNormal, geometryViewDir, geometryClearcoatNormal, material, reflectedLight );
#endif
#if defined( RE_IndirectSpecular )
	RE_IndirectSpecular( radiance, iblIrradiance, clearcoatRadiance, geometryPosition, geometryNormal, geometryViewDir, geometryClearcoatNormal, material, reflectedLight );
#endif`,KS=`#if NUM_LIGHT_PROBE_GRIDS > 0
uniform highp sampler3D probesSH[ NUM_LIGHT_PROBE_GRIDS ];
uniform vec3 probesMin[ NUM_LIGHT_PROBE_GRIDS ];
uniform vec3 probesMax[ NUM_LIGHT_PROBE_GRIDS ];
uniform vec3 probesResolution[ NUM_LIGHT_PROBE_GRIDS ];
bool isInsideLightProbeGrid( vec3 worldPos, vec3 worldNormal, vec3 probesMin, vec3 probesMax, vec3 probesResolution ) {
	vec3 spacing = ( probesMax - probesMin ) / probesResolution;
	vec3 samplePos = worldPos + worldNormal * spacing * 0.5;
	vec3 margin = spacing * 0.01;
	return all( greaterThanEqual( samplePos, probesMin - margin ) ) && all( lessThanEqual( samplePos, probesMax + margin ) );
}
vec3 getLightProbeGridIrradiance( highp sampler3D probesSH, vec3 probesMin, vec3 probesMax, vec3 probesResolution, vec3 worldPos, vec3 worldNormal ) {
	vec3 res = probesResolution;
	vec3 gridRange = probesMax - probesMin;
	vec3 probeSpacing = gridRange / res;
	vec3 samplePos = worldPos + worldNormal * probeSpacing * 0.5;
	vec3 uvw = clamp( ( samplePos - probesMin ) / gridRange, 0.5 / res, 1.0 - 0.5 / res );
	float nz          = res.z;
	float paddedSlices = nz + 2.0;
	float atlasDepth  = 7.0 * paddedSlices;
	float uvZBase     = uvw.z * nz + 1.0;
	vec4 s0 = texture( probesSH, vec3( uvw.xy, ( uvZBase                       ) / atlasDepth ) );
	vec4 s1 = texture( probesSH, vec3( uvw.xy, ( uvZBase +       paddedSlices   ) / atlasDepth ) );
	vec4 s2 = texture( probesSH, vec3( uvw.xy, ( uvZBase + 2.0 * paddedSlices   ) / atlasDepth ) );
	vec4 s3 = texture( probesSH, vec3( uvw.xy, ( uvZBase + 3.0 * paddedSlices   ) / atlasDepth ) );
	vec4 s4 = texture( probesSH, vec3( uvw.xy, ( uvZBase + 4.0 * paddedSlices   ) / atlasDepth ) );
	vec4 s5 = texture( probesSH, vec3( uvw.xy, ( uvZBase + 5.0 * paddedSlices   ) / atlasDepth ) );
	vec4 s6 = texture( probesSH, vec3( uvw.xy, ( uvZBase + 6.0 * paddedSlices   ) / atlasDepth ) );
	vec3 c0 = s0.xyz;
	vec3 c1 = vec3( s0.w, s1.xy );
	vec3 c2 = vec3( s1.zw, s2.x );
	vec3 c3 = s2.yzw;
	vec3 c4 = s3.xyz;
	vec3 c5 = vec3( s3.w, s4.xy );
	vec3 c6 = vec3( s4.zw, s5.x );
	vec3 c7 = s5.yzw;
	vec3 c8 = s6.xyz;
	float x = worldNormal.x, y = worldNormal.y, z = worldNormal.z;
	vec3 result = c0 * 0.886227;
	result += c1 * 2.0 * 0.511664 * y;
	result += c2 * 2.0 * 0.511664 * z;
	result += c3 * 2.0 * 0.511664 * x;
	result += c4 * 2.0 * 0.429043 * x * y;
	result += c5 * 2.0 * 0.429043 * y * z;
	result += c6 * ( 0.743125 * z * z - 0.247708 );
	result += c7 * 2.0 * 0.429043 * x * z;
	result += c8 * 0.429043 * ( x * x - y * y );
	return max( result, vec3( 0.0 ) );
}
#endif`,jS=`#if defined( USE_LOGARITHMIC_DEPTH_BUFFER )
	gl_FragDepth = vIsPerspective == 0.0 ? gl_FragCoord.z : log2( vFragDepth ) * logDepthBufFC * 0.5;
#endif`,QS=`#if defined( USE_LOGARITHMIC_DEPTH_BUFFER )
	uniform float logDepthBufFC;
	varying float vFragDepth;
	varying float vIsPerspective;
#endif`,tw=`#ifdef USE_LOGARITHMIC_DEPTH_BUFFER
	varying float vFragDepth;
	varying float vIsPerspective;
#endif`,ew=`#ifdef USE_LOGARITHMIC_DEPTH_BUFFER
	vFragDepth = 1.0 + gl_Position.w;
	vIsPerspective = float( isPerspectiveMatrix( projectionMatrix ) );
#endif`,nw=`#ifdef USE_MAP
	vec4 sampledDiffuseColor = texture2D( map, vMapUv );
	#ifdef DECODE_VIDEO_TEXTURE
		sampledDiffuseColor = sRGBTransferEOTF( sampledDiffuseColor );
	#endif
	diffuseColor *= sampledDiffuseColor;
#endif`,iw=`#ifdef USE_MAP
	uniform sampler2D map;
#endif`,sw=`#if defined( USE_MAP ) || defined( USE_ALPHAMAP )
	#if defined( USE_POINTS_UV )
		vec2 uv = vUv;
	#else
		vec2 uv = ( uvTransform * vec3( gl_PointCoord.x, 1.0 - gl_PointCoord.y, 1 ) ).xy;
	#endif
#endif
#ifdef USE_MAP
	diffuseColor *= texture2D( map, uv );
#endif
#ifdef USE_ALPHAMAP
	diffuseColor.a *= texture2D( alphaMap, uv ).g;
#endif`,rw=`#if defined( USE_POINTS_UV )
	varying vec2 vUv;
#else
	#if defined( USE_MAP ) || defined( USE_ALPHAMAP )
		uniform mat3 uvTransform;
	#endif
#endif
#ifdef USE_MAP
	uniform sampler2D map;
#endif
#ifdef USE_ALPHAMAP
	uniform sampler2D alphaMap;
#endif`,ow=`float metalnessFactor = metalness;
#ifdef USE_METALNESSMAP
	vec4 texelMetalness = texture2D( metalnessMap, vMetalnessMapUv );
	metalnessFactor *= texelMetalness.b;
#endif`,aw=`#ifdef USE_METALNESSMAP
	uniform sampler2D metalnessMap;
#endif`,lw=`#ifdef USE_INSTANCING_MORPH
	float morphTargetInfluences[ MORPHTARGETS_COUNT ];
	float morphTargetBaseInfluence = texelFetch( morphTexture, ivec2( 0, gl_InstanceID ), 0 ).r;
	for ( int i = 0; i < MORPHTARGETS_COUNT; i ++ ) {
		morphTargetInfluences[i] =  texelFetch( morphTexture, ivec2( i + 1, gl_InstanceID ), 0 ).r;
	}
#endif`,cw=`#if defined( USE_MORPHCOLORS )
	#if defined( USE_COLOR_ALPHA )
		vColor *= morphTargetBaseInfluence;
	#elif defined( USE_COLOR )
		vColor.rgb *= morphTargetBaseInfluence;
	#endif
	for ( int i = 0; i < MORPHTARGETS_COUNT; i ++ ) {
		#if defined( USE_COLOR_ALPHA )
			if ( morphTargetInfluences[ i ] != 0.0 ) vColor += getMorph( gl_VertexID, i, 2 ) * morphTargetInfluences[ i ];
		#elif defined( USE_COLOR )
			if ( morphTargetInfluences[ i ] != 0.0 ) vColor.rgb += getMorph( gl_VertexID, i, 2 ).rgb * morphTargetInfluences[ i ];
		#endif
	}
#endif`,hw=`#ifdef USE_MORPHNORMALS
	objectNormal *= morphTargetBaseInfluence;
	for ( int i = 0; i < MORPHTARGETS_COUNT; i ++ ) {
		if ( morphTargetInfluences[ i ] != 0.0 ) objectNormal += getMorph( gl_VertexID, i, 1 ).xyz * morphTargetInfluences[ i ];
	}
#endif`,uw=`#ifdef USE_MORPHTARGETS
	#ifndef USE_INSTANCING_MORPH
		uniform float morphTargetBaseInfluence;
		uniform float morphTargetInfluences[ MORPHTARGETS_COUNT ];
	#endif
	uniform sampler2DArray morphTargetsTexture;
	uniform ivec2 morphTargetsTextureSize;
	vec4 getMorph( const in int vertexIndex, const in int morphTargetIndex, const in int offset ) {
		int texelIndex = vertexIndex * MORPHTARGETS_TEXTURE_STRIDE + offset;
		int y = texelIndex / morphTargetsTextureSize.x;
		int x = texelIndex - y * morphTargetsTextureSize.x;
		ivec3 morphUV = ivec3( x, y, morphTargetIndex );
		return texelFetch( morphTargetsTexture, morphUV, 0 );
	}
#endif`,fw=`#ifdef USE_MORPHTARGETS
	transformed *= morphTargetBaseInfluence;
	for ( int i = 0; i < MORPHTARGETS_COUNT; i ++ ) {
		if ( morphTargetInfluences[ i ] != 0.0 ) transformed += getMorph( gl_VertexID, i, 0 ).xyz * morphTargetInfluences[ i ];
	}
#endif`,dw=`float faceDirection = gl_FrontFacing ? 1.0 : - 1.0;
#ifdef FLAT_SHADED
	vec3 fdx = dFdx( vViewPosition );
	vec3 fdy = dFdy( vViewPosition );
	vec3 normal = normalize( cross( fdx, fdy ) );
#else
	vec3 normal = normalize( vNormal );
	#ifdef DOUBLE_SIDED
		normal *= faceDirection;
	#endif
#endif
#if defined( USE_NORMALMAP_TANGENTSPACE ) || defined( USE_CLEARCOAT_NORMALMAP ) || defined( USE_ANISOTROPY )
	#ifdef USE_TANGENT
		mat3 tbn = mat3( normalize( vTangent ), normalize( vBitangent ), normal );
	#else
		mat3 tbn = getTangentFrame( - vViewPosition, normal,
		#if defined( USE_NORMALMAP )
			vNormalMapUv
		#elif defined( USE_CLEARCOAT_NORMALMAP )
			vClearcoatNormalMapUv
		#else
			vUv
		#endif
		);
	#endif
	#ifdef DOUBLE_SIDED
		tbn[0] *= faceDirection;
		tbn[1] *= faceDirection;
	#endif
#endif
#ifdef USE_CLEARCOAT_NORMALMAP
	#ifdef USE_TANGENT
		mat3 tbn2 = mat3( normalize( vTangent ), normalize( vBitangent ), normal );
	#else
		mat3 tbn2 = getTangentFrame( - vViewPosition, normal, vClearcoatNormalMapUv );
	#endif
	#ifdef DOUBLE_SIDED
		tbn2[0] *= faceDirection;
		tbn2[1] *= faceDirection;
	#endif
#endif
vec3 nonPerturbedNormal = normal;`,pw=`#ifdef USE_NORMALMAP_OBJECTSPACE
	normal = texture2D( normalMap, vNormalMapUv ).xyz * 2.0 - 1.0;
	#ifdef FLIP_SIDED
		normal = - normal;
	#endif
	#ifdef DOUBLE_SIDED
		normal = normal * faceDirection;
	#endif
	normal = normalize( normalMatrix * normal );
#elif defined( USE_NORMALMAP_TANGENTSPACE )
	vec3 mapN = texture2D( normalMap, vNormalMapUv ).xyz * 2.0 - 1.0;
	#if defined( USE_PACKED_NORMALMAP )
		mapN = vec3( mapN.xy, sqrt( saturate( 1.0 - dot( mapN.xy, mapN.xy ) ) ) );
	#endif
	mapN.xy *= normalScale;
	normal = normalize( tbn * mapN );
#elif defined( USE_BUMPMAP )
	normal = perturbNormalArb( - vViewPosition, normal, dHdxy_fwd(), faceDirection );
#endif`,mw=`#ifndef FLAT_SHADED
	varying vec3 vNormal;
	#ifdef USE_TANGENT
		varying vec3 vTangent;
		varying vec3 vBitangent;
	#endif
#endif`,gw=`#ifndef FLAT_SHADED
	varying vec3 vNormal;
	#ifdef USE_TANGENT
		varying vec3 vTangent;
		varying vec3 vBitangent;
	#endif
#endif`,xw=`#ifndef FLAT_SHADED
	vNormal = normalize( transformedNormal );
	#ifdef USE_TANGENT
		vTangent = normalize( transformedTangent );
		vBitangent = normalize( cross( vNormal, vTangent ) * tangent.w );
		#ifdef FLIP_SIDED
			vBitangent = - vBitangent;
		#endif
	#endif
#endif`,_w=`#ifdef USE_NORMALMAP
	uniform sampler2D normalMap;
	uniform vec2 normalScale;
#endif
#ifdef USE_NORMALMAP_OBJECTSPACE
	uniform mat3 normalMatrix;
#endif
#if ! defined ( USE_TANGENT ) && ( defined ( USE_NORMALMAP_TANGENTSPACE ) || defined ( USE_CLEARCOAT_NORMALMAP ) || defined( USE_ANISOTROPY ) )
	mat3 getTangentFrame( vec3 eye_pos, vec3 surf_norm, vec2 uv ) {
		vec3 q0 = dFdx( eye_pos.xyz );
		vec3 q1 = dFdy( eye_pos.xyz );
		vec2 st0 = dFdx( uv.st );
		vec2 st1 = dFdy( uv.st );
		vec3 N = surf_norm;
		vec3 q1perp = cross( q1, N );
		vec3 q0perp = cross( N, q0 );
		vec3 T = q1perp * st0.x + q0perp * st1.x;
		vec3 B = q1perp * st0.y + q0perp * st1.y;
		float det = max( dot( T, T ), dot( B, B ) );
		float scale = ( det == 0.0 ) ? 0.0 : inversesqrt( det );
		return mat3( T * scale, B * scale, N );
	}
#endif`,yw=`#ifdef USE_CLEARCOAT
	vec3 clearcoatNormal = nonPerturbedNormal;
#endif`,bw=`#ifdef USE_CLEARCOAT_NORMALMAP
	vec3 clearcoatMapN = texture2D( clearcoatNormalMap, vClearcoatNormalMapUv ).xyz * 2.0 - 1.0;
	clearcoatMapN.xy *= clearcoatNormalScale;
	clearcoatNormal = normalize( tbn2 * clearcoatMapN );
#endif`,vw=`#ifdef USE_CLEARCOATMAP
	uniform sampler2D clearcoatMap;
#endif
#ifdef USE_CLEARCOAT_NORMALMAP
	uniform sampler2D clearcoatNormalMap;
	uniform vec2 clearcoatNormalScale;
#endif
#ifdef USE_CLEARCOAT_ROUGHNESSMAP
	uniform sampler2D clearcoatRoughnessMap;
#endif`,Mw=`#ifdef USE_IRIDESCENCEMAP
	uniform sampler2D iridescenceMap;
#endif
#ifdef USE_IRIDESCENCE_THICKNESSMAP
	uniform sampler2D iridescenceThicknessMap;
#endif`,Sw=`#ifdef OPAQUE
diffuseColor.a = 1.0;
#endif
#ifdef USE_TRANSMISSION
diffuseColor.a *= material.transmissionAlpha;
#endif
gl_FragColor = vec4( outgoingLight, diffuseColor.a );`,ww=`vec3 packNormalToRGB( const in vec3 normal ) {
	return normalize( normal ) * 0.5 + 0.5;
}
vec3 unpackRGBToNormal( const in vec3 rgb ) {
	return 2.0 * rgb.xyz - 1.0;
}
const float PackUpscale = 256. / 255.;const float UnpackDownscale = 255. / 256.;const float ShiftRight8 = 1. / 256.;
const float Inv255 = 1. / 255.;
const vec4 PackFactors = vec4( 1.0, 256.0, 256.0 * 256.0, 256.0 * 256.0 * 256.0 );
const vec2 UnpackFactors2 = vec2( UnpackDownscale, 1.0 / PackFactors.g );
const vec3 UnpackFactors3 = vec3( UnpackDownscale / PackFactors.rg, 1.0 / PackFactors.b );
const vec4 UnpackFactors4 = vec4( UnpackDownscale / PackFactors.rgb, 1.0 / PackFactors.a );
vec4 packDepthToRGBA( const in float v ) {
	if( v <= 0.0 )
		return vec4( 0., 0., 0., 0. );
	if( v >= 1.0 )
		return vec4( 1., 1., 1., 1. );
	float vuf;
	float af = modf( v * PackFactors.a, vuf );
	float bf = modf( vuf * ShiftRight8, vuf );
	float gf = modf( vuf * ShiftRight8, vuf );
	return vec4( vuf * Inv255, gf * PackUpscale, bf * PackUpscale, af );
}
vec3 packDepthToRGB( const in float v ) {
	if( v <= 0.0 )
		return vec3( 0., 0., 0. );
	if( v >= 1.0 )
		return vec3( 1., 1., 1. );
	float vuf;
	float bf = modf( v * PackFactors.b, vuf );
	float gf = modf( vuf * ShiftRight8, vuf );
	return vec3( vuf * Inv255, gf * PackUpscale, bf );
}
vec2 packDepthToRG( const in float v ) {
	if( v <= 0.0 )
		return vec2( 0., 0. );
	if( v >= 1.0 )
		return vec2( 1., 1. );
	float vuf;
	float gf = modf( v * 256., vuf );
	return vec2( vuf * Inv255, gf );
}
float unpackRGBAToDepth( const in vec4 v ) {
	return dot( v, UnpackFactors4 );
}
float unpackRGBToDepth( const in vec3 v ) {
	return dot( v, UnpackFactors3 );
}
float unpackRGToDepth( const in vec2 v ) {
	return v.r * UnpackFactors2.r + v.g * UnpackFactors2.g;
}
vec4 pack2HalfToRGBA( const in vec2 v ) {
	vec4 r = vec4( v.x, fract( v.x * 255.0 ), v.y, fract( v.y * 255.0 ) );
	return vec4( r.x - r.y / 255.0, r.y, r.z - r.w / 255.0, r.w );
}
vec2 unpackRGBATo2Half( const in vec4 v ) {
	return vec2( v.x + ( v.y / 255.0 ), v.z + ( v.w / 255.0 ) );
}
float viewZToOrthographicDepth( const in float viewZ, const in float near, const in float far ) {
	return ( viewZ + near ) / ( near - far );
}
float orthographicDepthToViewZ( const in float depth, const in float near, const in float far ) {
	#ifdef USE_REVERSED_DEPTH_BUFFER
	
		return depth * ( far - near ) - far;
	#else
		return depth * ( near - far ) - near;
	#endif
}
float viewZToPerspectiveDepth( const in float viewZ, const in float near, const in float far ) {
	return ( ( near + viewZ ) * far ) / ( ( far - near ) * viewZ );
}
float perspectiveDepthToViewZ( const in float depth, const in float near, const in float far ) {
	
	#ifdef USE_REVERSED_DEPTH_BUFFER
		return ( near * far ) / ( ( near - far ) * depth - near );
	#else
		return ( near * far ) / ( ( far - near ) * depth - far );
	#endif
}`,Aw=`#ifdef PREMULTIPLIED_ALPHA
	gl_FragColor.rgb *= gl_FragColor.a;
#endif`,Ew=`vec4 mvPosition = vec4( transformed, 1.0 );
#ifdef USE_BATCHING
	mvPosition = batchingMatrix * mvPosition;
#endif
#ifdef USE_INSTANCING
	mvPosition = instanceMatrix * mvPosition;
#endif
mvPosition = modelViewMatrix * mvPosition;
gl_Position = projectionMatrix * mvPosition;`,Tw=`#ifdef DITHERING
	gl_FragColor.rgb = dithering( gl_FragColor.rgb );
#endif`,Rw=`#ifdef DITHERING
	vec3 dithering( vec3 color ) {
		float grid_position = rand( gl_FragCoord.xy );
		vec3 dither_shift_RGB = vec3( 0.25 / 255.0, -0.25 / 255.0, 0.25 / 255.0 );
		dither_shift_RGB = mix( 2.0 * dither_shift_RGB, -2.0 * dither_shift_RGB, grid_position );
		return color + dither_shift_RGB;
	}
#endif`,Cw=`float roughnessFactor = roughness;
#ifdef USE_ROUGHNESSMAP
	vec4 texelRoughness = texture2D( roughnessMap, vRoughnessMapUv );
	roughnessFactor *= texelRoughness.g;
#endif`,Pw=`#ifdef USE_ROUGHNESSMAP
	uniform sampler2D roughnessMap;
#endif`,Iw=`#if NUM_SPOT_LIGHT_COORDS > 0
	varying vec4 vSpotLightCoord[ NUM_SPOT_LIGHT_COORDS ];
#endif
#if NUM_SPOT_LIGHT_MAPS > 0
	uniform sampler2D spotLightMap[ NUM_SPOT_LIGHT_MAPS ];
#endif
#ifdef USE_SHADOWMAP
	#if NUM_SUN_LIGHT_SHADOWS > 0
		#define SUN_LIGHT_CASCADES 2
		#if defined( SHADOWMAP_TYPE_PCF )
			uniform sampler2DShadow sunShadowMap[ NUM_SUN_LIGHT_SHADOWS ];
		#else
			uniform sampler2D sunShadowMap[ NUM_SUN_LIGHT_SHADOWS ];
		#endif
		uniform mat4 sunShadowMatrix[ NUM_SUN_LIGHT_SHADOWS * SUN_LIGHT_CASCADES ];
		uniform vec4 sunShadowCascade[ NUM_SUN_LIGHT_SHADOWS * SUN_LIGHT_CASCADES ];
		varying vec4 vSunShadowWorldPosition;
		varying vec3 vSunShadowWorldNormal;
		struct SunLightShadow {
			float shadowIntensity;
			float shadowBias;
			float shadowNormalBias;
			float shadowRadius;
			vec2 shadowMapSize;
		};
		uniform SunLightShadow sunLightShadows[ NUM_SUN_LIGHT_SHADOWS ];
	#endif
	#if NUM_DIR_LIGHT_SHADOWS > 0
		#if defined( SHADOWMAP_TYPE_PCF )
			uniform sampler2DShadow directionalShadowMap[ NUM_DIR_LIGHT_SHADOWS ];
		#else
			uniform sampler2D directionalShadowMap[ NUM_DIR_LIGHT_SHADOWS ];
		#endif
		varying vec4 vDirectionalShadowCoord[ NUM_DIR_LIGHT_SHADOWS ];
		struct DirectionalLightShadow {
			float shadowIntensity;
			float shadowBias;
			float shadowNormalBias;
			float shadowRadius;
			vec2 shadowMapSize;
		};
		uniform DirectionalLightShadow directionalLightShadows[ NUM_DIR_LIGHT_SHADOWS ];
	#endif
	#if NUM_SPOT_LIGHT_SHADOWS > 0
		#if defined( SHADOWMAP_TYPE_PCF )
			uniform sampler2DShadow spotShadowMap[ NUM_SPOT_LIGHT_SHADOWS ];
		#else
			uniform sampler2D spotShadowMap[ NUM_SPOT_LIGHT_SHADOWS ];
		#endif
		struct SpotLightShadow {
			float shadowIntensity;
			float shadowBias;
			float shadowNormalBias;
			float shadowRadius;
			vec2 shadowMapSize;
		};
		uniform SpotLightShadow spotLightShadows[ NUM_SPOT_LIGHT_SHADOWS ];
	#endif
	#if NUM_POINT_LIGHT_SHADOWS > 0
		#if defined( SHADOWMAP_TYPE_PCF )
			uniform samplerCubeShadow pointShadowMap[ NUM_POINT_LIGHT_SHADOWS ];
		#elif defined( SHADOWMAP_TYPE_BASIC )
			uniform samplerCube pointShadowMap[ NUM_POINT_LIGHT_SHADOWS ];
		#endif
		varying vec4 vPointShadowCoord[ NUM_POINT_LIGHT_SHADOWS ];
		struct PointLightShadow {
			float shadowIntensity;
			float shadowBias;
			float shadowNormalBias;
			float shadowRadius;
			vec2 shadowMapSize;
			float shadowCameraNear;
			float shadowCameraFar;
		};
		uniform PointLightShadow pointLightShadows[ NUM_POINT_LIGHT_SHADOWS ];
	#endif
	#if defined( SHADOWMAP_TYPE_PCF )
		float interleavedGradientNoise( vec2 position ) {
			return fract( 52.9829189 * fract( dot( position, vec2( 0.06711056, 0.00583715 ) ) ) );
		}
		vec2 vogelDiskSample( int sampleIndex, int samplesCount, float phi ) {
			const float goldenAngle = 2.399963229728653;
			float r = sqrt( ( float( sampleIndex ) + 0.5 ) / float( samplesCount ) );
			float theta = float( sampleIndex ) * goldenAngle + phi;
			return vec2( cos( theta ), sin( theta ) ) * r;
		}
	#endif
	#if defined( SHADOWMAP_TYPE_PCF )
		float getShadow( sampler2DShadow shadowMap, vec2 shadowMapSize, float shadowIntensity, float shadowBias, float shadowRadius, vec4 shadowCoord ) {
			float shadow = 1.0;
			shadowCoord.xyz /= shadowCoord.w;
			#ifdef USE_REVERSED_DEPTH_BUFFER
				shadowCoord.z -= shadowBias;
			#else
				shadowCoord.z += shadowBias;
			#endif
			bool inFrustum = shadowCoord.x >= 0.0 && shadowCoord.x <= 1.0 && shadowCoord.y >= 0.0 && shadowCoord.y <= 1.0;
			bool frustumTest = inFrustum && shadowCoord.z <= 1.0;
			if ( frustumTest ) {
				vec2 texelSize = vec2( 1.0 ) / shadowMapSize;
				vec2 radius = shadowRadius * texelSize;
				float phi = interleavedGradientNoise( gl_FragCoord.xy ) * PI2;
				shadow = (
					texture( shadowMap, vec3( shadowCoord.xy + vogelDiskSample( 0, 5, phi ) * radius, shadowCoord.z ) ) +
					texture( shadowMap, vec3( shadowCoord.xy + vogelDiskSample( 1, 5, phi ) * radius, shadowCoord.z ) ) +
					texture( shadowMap, vec3( shadowCoord.xy + vogelDiskSample( 2, 5, phi ) * radius, shadowCoord.z ) ) +
					texture( shadowMap, vec3( shadowCoord.xy + vogelDiskSample( 3, 5, phi ) * radius, shadowCoord.z ) ) +
					texture( shadowMap, vec3( shadowCoord.xy + vogelDiskSample( 4, 5, phi ) * radius, shadowCoord.z ) )
				) * 0.2;
			}
			return mix( 1.0, shadow, shadowIntensity );
		}
	#elif defined( SHADOWMAP_TYPE_VSM )
		float getShadow( sampler2D shadowMap, vec2 shadowMapSize, float shadowIntensity, float shadowBias, float shadowRadius, vec4 shadowCoord ) {
			float shadow = 1.0;
			shadowCoord.xyz /= shadowCoord.w;
			#ifdef USE_REVERSED_DEPTH_BUFFER
				shadowCoord.z -= shadowBias;
			#else
				shadowCoord.z += shadowBias;
			#endif
			bool inFrustum = shadowCoord.x >= 0.0 && shadowCoord.x <= 1.0 && shadowCoord.y >= 0.0 && shadowCoord.y <= 1.0;
			bool frustumTest = inFrustum && shadowCoord.z <= 1.0;
			if ( frustumTest ) {
				vec2 distribution = texture2D( shadowMap, shadowCoord.xy ).rg;
				float mean = distribution.x;
				float variance = distribution.y * distribution.y;
				#ifdef USE_REVERSED_DEPTH_BUFFER
					float hard_shadow = step( mean, shadowCoord.z );
				#else
					float hard_shadow = step( shadowCoord.z, mean );
				#endif
				
				if ( hard_shadow == 1.0 ) {
					shadow = 1.0;
				} else {
					variance = max( variance, 0.0000001 );
					float d = shadowCoord.z - mean;
					float p_max = variance / ( variance + d * d );
					p_max = clamp( ( p_max - 0.3 ) / 0.65, 0.0, 1.0 );
					shadow = max( hard_shadow, p_max );
				}
			}
			return mix( 1.0, shadow, shadowIntensity );
		}
	#else
		float getShadow( sampler2D shadowMap, vec2 shadowMapSize, float shadowIntensity, float shadowBias, float shadowRadius, vec4 shadowCoord ) {
			float shadow = 1.0;
			shadowCoord.xyz /= shadowCoord.w;
			#ifdef USE_REVERSED_DEPTH_BUFFER
				shadowCoord.z -= shadowBias;
			#else
				shadowCoord.z += shadowBias;
			#endif
			bool inFrustum = shadowCoord.x >= 0.0 && shadowCoord.x <= 1.0 && shadowCoord.y >= 0.0 && shadowCoord.y <= 1.0;
			bool frustumTest = inFrustum && shadowCoord.z <= 1.0;
			if ( frustumTest ) {
				float depth = texture2D( shadowMap, shadowCoord.xy ).r;
				#ifdef USE_REVERSED_DEPTH_BUFFER
					shadow = step( depth, shadowCoord.z );
				#else
					shadow = step( shadowCoord.z, depth );
				#endif
			}
			return mix( 1.0, shadow, shadowIntensity );
		}
	#endif
	#if NUM_SUN_LIGHT_SHADOWS > 0
		float getSunShadow(
			#if defined( SHADOWMAP_TYPE_PCF )
				sampler2DShadow shadowMap,
			#else
				sampler2D shadowMap,
			#endif
			SunLightShadow sunLightShadow,
			int shadowIndex
		) {
			vec4 shadowWorldPosition = vec4( vSunShadowWorldPosition.xyz + vSunShadowWorldNormal * sunLightShadow.shadowNormalBias, 1.0 );
			float viewDepth = vSunShadowWorldPosition.w;
			int cascadeOffset = shadowIndex * SUN_LIGHT_CASCADES;
			float shadow = 1.0;
			for ( int i = SUN_LIGHT_CASCADES - 1; i >= 0; i -- ) {
				vec4 cascade = sunShadowCascade[ cascadeOffset + i ];
				if ( viewDepth >= cascade.x && viewDepth < cascade.y ) {
					float cascadeShadow = getShadow(
						shadowMap,
						sunLightShadow.shadowMapSize,
						sunLightShadow.shadowIntensity,
						sunLightShadow.shadowBias,
						sunLightShadow.shadowRadius,
						sunShadowMatrix[ cascadeOffset + i ] * shadowWorldPosition
					);
					shadow = mix( cascadeShadow, shadow, smoothstep( cascade.z, cascade.y, viewDepth ) );
				}
			}
			return shadow;
		}
	#endif
	#if NUM_POINT_LIGHT_SHADOWS > 0
	#if defined( SHADOWMAP_TYPE_PCF )
	float getPointShadow( samplerCubeShadow shadowMap, vec2 shadowMapSize, float shadowIntensity, float shadowBias, float shadowRadius, vec4 shadowCoord, float shadowCameraNear, float shadowCameraFar ) {
		float shadow = 1.0;
		vec3 lightToPosition = shadowCoord.xyz;
		vec3 bd3D = normalize( lightToPosition );
		vec3 absVec = abs( lightToPosition );
		float viewSpaceZ = max( max( absVec.x, absVec.y ), absVec.z );
		if ( viewSpaceZ - shadowCameraFar <= 0.0 && viewSpaceZ - shadowCameraNear >= 0.0 ) {
			float lightDistance = length( lightToPosition );
			float depthRange = shadowCameraFar - shadowCameraNear;
			#ifdef USE_REVERSED_DEPTH_BUFFER
				float depthA = - shadowCameraNear / depthRange - shadowBias;
				float depthB = shadowCameraNear * shadowCameraFar / ( depthRange * lightDistance );
			#else
				float depthA = shadowCameraFar / depthRange + shadowBias;
				float depthB = - shadowCameraNear * shadowCameraFar / ( depthRange * lightDistance );
			#endif
			float texelSize = shadowRadius / shadowMapSize.x;
			vec3 absDir = abs( bd3D );
			vec3 tangent = absDir.x > absDir.z ? vec3( 0.0, 1.0, 0.0 ) : vec3( 1.0, 0.0, 0.0 );
			tangent = normalize( cross( bd3D, tangent ) );
			vec3 bitangent = cross( bd3D, tangent );
			float phi = interleavedGradientNoise( gl_FragCoord.xy ) * PI2;
			shadow = 0.0;
			for ( int i = 0; i < 5; i ++ ) {
				vec2 offset = vogelDiskSample( i, 5, phi );
				vec3 direction = bd3D + ( tangent * offset.x + bitangent * offset.y ) * texelSize;
				vec3 absDirection = abs( direction );
				float dp = depthA + depthB / max( max( absDirection.x, absDirection.y ), absDirection.z );
				shadow += texture( shadowMap, vec4( direction, dp ) );
			}
			shadow *= 0.2;
		}
		return mix( 1.0, shadow, shadowIntensity );
	}
	#elif defined( SHADOWMAP_TYPE_BASIC )
	float getPointShadow( samplerCube shadowMap, vec2 shadowMapSize, float shadowIntensity, float shadowBias, float shadowRadius, vec4 shadowCoord, float shadowCameraNear, float shadowCameraFar ) {
		float shadow = 1.0;
		vec3 lightToPosition = shadowCoord.xyz;
		vec3 absVec = abs( lightToPosition );
		float viewSpaceZ = max( max( absVec.x, absVec.y ), absVec.z );
		if ( viewSpaceZ - shadowCameraFar <= 0.0 && viewSpaceZ - shadowCameraNear >= 0.0 ) {
			float dp = ( shadowCameraFar * ( viewSpaceZ - shadowCameraNear ) ) / ( viewSpaceZ * ( shadowCameraFar - shadowCameraNear ) );
			dp += shadowBias;
			vec3 bd3D = normalize( lightToPosition );
			float depth = textureCube( shadowMap, bd3D ).r;
			#ifdef USE_REVERSED_DEPTH_BUFFER
				depth = 1.0 - depth;
			#endif
			shadow = step( dp, depth );
		}
		return mix( 1.0, shadow, shadowIntensity );
	}
	#endif
	#endif
#endif`,Lw=`#if NUM_SPOT_LIGHT_COORDS > 0
	uniform mat4 spotLightMatrix[ NUM_SPOT_LIGHT_COORDS ];
	varying vec4 vSpotLightCoord[ NUM_SPOT_LIGHT_COORDS ];
#endif
#ifdef USE_SHADOWMAP
	#if NUM_SUN_LIGHT_SHADOWS > 0
		varying vec4 vSunShadowWorldPosition;
		varying vec3 vSunShadowWorldNormal;
	#endif
	#if NUM_DIR_LIGHT_SHADOWS > 0
		uniform mat4 directionalShadowMatrix[ NUM_DIR_LIGHT_SHADOWS ];
		varying vec4 vDirectionalShadowCoord[ NUM_DIR_LIGHT_SHADOWS ];
		struct DirectionalLightShadow {
			float shadowIntensity;
			float shadowBias;
			float shadowNormalBias;
			float shadowRadius;
			vec2 shadowMapSize;
		};
		uniform DirectionalLightShadow directionalLightShadows[ NUM_DIR_LIGHT_SHADOWS ];
	#endif
	#if NUM_SPOT_LIGHT_SHADOWS > 0
		struct SpotLightShadow {
			float shadowIntensity;
			float shadowBias;
			float shadowNormalBias;
			float shadowRadius;
			vec2 shadowMapSize;
		};
		uniform SpotLightShadow spotLightShadows[ NUM_SPOT_LIGHT_SHADOWS ];
	#endif
	#if NUM_POINT_LIGHT_SHADOWS > 0
		uniform mat4 pointShadowMatrix[ NUM_POINT_LIGHT_SHADOWS ];
		varying vec4 vPointShadowCoord[ NUM_POINT_LIGHT_SHADOWS ];
		struct PointLightShadow {
			float shadowIntensity;
			float shadowBias;
			float shadowNormalBias;
			float shadowRadius;
			vec2 shadowMapSize;
			float shadowCameraNear;
			float shadowCameraFar;
		};
		uniform PointLightShadow pointLightShadows[ NUM_POINT_LIGHT_SHADOWS ];
	#endif
#endif`,Nw=`#if ( defined( USE_SHADOWMAP ) && ( NUM_DIR_LIGHT_SHADOWS > 0 || NUM_SUN_LIGHT_SHADOWS > 0 || NUM_POINT_LIGHT_SHADOWS > 0 ) ) || ( NUM_SPOT_LIGHT_COORDS > 0 )
	#ifdef HAS_NORMAL
		vec3 shadowWorldNormal = transformNormalByInverseViewMatrix( transformedNormal, viewMatrix );
	#else
		vec3 shadowWorldNormal = vec3( 0.0 );
	#endif
	vec4 shadowWorldPosition;
#endif
#if defined( USE_SHADOWMAP )
	#if NUM_SUN_LIGHT_SHADOWS > 0
		vSunShadowWorldPosition = vec4( worldPosition.xyz, - mvPosition.z );
		vSunShadowWorldNormal = shadowWorldNormal;
	#endif
	#if NUM_DIR_LIGHT_SHADOWS > 0
		#pragma unroll_loop_start
		for ( int i = 0; i < NUM_DIR_LIGHT_SHADOWS; i ++ ) {
			shadowWorldPosition = worldPosition + vec4( shadowWorldNormal * directionalLightShadows[ i ].shadowNormalBias, 0 );
			vDirectionalShadowCoord[ i ] = directionalShadowMatrix[ i ] * shadowWorldPosition;
		}
		#pragma unroll_loop_end
	#endif
	#if NUM_POINT_LIGHT_SHADOWS > 0
		#pragma unroll_loop_start
		for ( int i = 0; i < NUM_POINT_LIGHT_SHADOWS; i ++ ) {
			shadowWorldPosition = worldPosition + vec4( shadowWorldNormal * pointLightShadows[ i ].shadowNormalBias, 0 );
			vPointShadowCoord[ i ] = pointShadowMatrix[ i ] * shadowWorldPosition;
		}
		#pragma unroll_loop_end
	#endif
#endif
#if NUM_SPOT_LIGHT_COORDS > 0
	#pragma unroll_loop_start
	for ( int i = 0; i < NUM_SPOT_LIGHT_COORDS; i ++ ) {
		shadowWorldPosition = worldPosition;
		#if ( defined( USE_SHADOWMAP ) && UNROLLED_LOOP_INDEX < NUM_SPOT_LIGHT_SHADOWS )
			shadowWorldPosition.xyz += shadowWorldNormal * spotLightShadows[ i ].shadowNormalBias;
		#endif
		vSpotLightCoord[ i ] = spotLightMatrix[ i ] * shadowWorldPosition;
	}
	#pragma unroll_loop_end
#endif`,Dw=`float getShadowMask() {
	float shadow = 1.0;
	#ifdef USE_SHADOWMAP
	#if NUM_SUN_LIGHT_SHADOWS > 0
	SunLightShadow sunLight;
	#pragma unroll_loop_start
	for ( int i = 0; i < NUM_SUN_LIGHT_SHADOWS; i ++ ) {
		sunLight = sunLightShadows[ i ];
		shadow *= receiveShadow ? getSunShadow( sunShadowMap[ i ], sunLight, UNROLLED_LOOP_INDEX ) : 1.0;
	}
	#pragma unroll_loop_end
	#endif
	#if NUM_DIR_LIGHT_SHADOWS > 0
	DirectionalLightShadow directionalLight;
	#pragma unroll_loop_start
	for ( int i = 0; i < NUM_DIR_LIGHT_SHADOWS; i ++ ) {
		directionalLight = directionalLightShadows[ i ];
		shadow *= receiveShadow ? getShadow( directionalShadowMap[ i ], directionalLight.shadowMapSize, directionalLight.shadowIntensity, directionalLight.shadowBias, directionalLight.shadowRadius, vDirectionalShadowCoord[ i ] ) : 1.0;
	}
	#pragma unroll_loop_end
	#endif
	#if NUM_SPOT_LIGHT_SHADOWS > 0
	SpotLightShadow spotLight;
	#pragma unroll_loop_start
	for ( int i = 0; i < NUM_SPOT_LIGHT_SHADOWS; i ++ ) {
		spotLight = spotLightShadows[ i ];
		shadow *= receiveShadow ? getShadow( spotShadowMap[ i ], spotLight.shadowMapSize, spotLight.shadowIntensity, spotLight.shadowBias, spotLight.shadowRadius, vSpotLightCoord[ i ] ) : 1.0;
	}
	#pragma unroll_loop_end
	#endif
	#if NUM_POINT_LIGHT_SHADOWS > 0 && ( defined( SHADOWMAP_TYPE_PCF ) || defined( SHADOWMAP_TYPE_BASIC ) )
	PointLightShadow pointLight;
	#pragma unroll_loop_start
	for ( int i = 0; i < NUM_POINT_LIGHT_SHADOWS; i ++ ) {
		pointLight = pointLightShadows[ i ];
		shadow *= receiveShadow ? getPointShadow( pointShadowMap[ i ], pointLight.shadowMapSize, pointLight.shadowIntensity, pointLight.shadowBias, pointLight.shadowRadius, vPointShadowCoord[ i ], pointLight.shadowCameraNear, pointLight.shadowCameraFar ) : 1.0;
	}
	#pragma unroll_loop_end
	#endif
	#endif
	return shadow;
}`,Uw=`#ifdef USE_SKINNING
	mat4 boneMatX = getBoneMatrix( skinIndex.x );
	mat4 boneMatY = getBoneMatrix( skinIndex.y );
	mat4 boneMatZ = getBoneMatrix( skinIndex.z );
	mat4 boneMatW = getBoneMatrix( skinIndex.w );
#endif`,Fw=`#ifdef USE_SKINNING
	uniform mat4 bindMatrix;
	uniform mat4 bindMatrixInverse;
	uniform highp sampler2D boneTexture;
	mat4 getBoneMatrix( const in float i ) {
		int size = textureSize( boneTexture, 0 ).x;
		int j = int( i ) * 4;
		int x = j % size;
		int y = j / size;
		vec4 v1 = texelFetch( boneTexture, ivec2( x, y ), 0 );
		vec4 v2 = texelFetch( boneTexture, ivec2( x + 1, y ), 0 );
		vec4 v3 = texelFetch( boneTexture, ivec2( x + 2, y ), 0 );
		vec4 v4 = texelFetch( boneTexture, ivec2( x + 3, y ), 0 );
		return mat4( v1, v2, v3, v4 );
	}
#endif`,Ow=`#ifdef USE_SKINNING
	vec4 skinVertex = bindMatrix * vec4( transformed, 1.0 );
	vec4 skinned = vec4( 0.0 );
	skinned += boneMatX * skinVertex * skinWeight.x;
	skinned += boneMatY * skinVertex * skinWeight.y;
	skinned += boneMatZ * skinVertex * skinWeight.z;
	skinned += boneMatW * skinVertex * skinWeight.w;
	transformed = ( bindMatrixInverse * skinned ).xyz;
#endif`,Bw=`#ifdef USE_SKINNING
	mat4 skinMatrix = mat4( 0.0 );
	skinMatrix += skinWeight.x * boneMatX;
	skinMatrix += skinWeight.y * boneMatY;
	skinMatrix += skinWeight.z * boneMatZ;
	skinMatrix += skinWeight.w * boneMatW;
	skinMatrix = bindMatrixInverse * skinMatrix * bindMatrix;
	objectNormal = vec4( skinMatrix * vec4( objectNormal, 0.0 ) ).xyz;
	#ifdef USE_TANGENT
		objectTangent = vec4( skinMatrix * vec4( objectTangent, 0.0 ) ).xyz;
	#endif
#endif`,kw=`float specularStrength;
#ifdef USE_SPECULARMAP
	vec4 texelSpecular = texture2D( specularMap, vSpecularMapUv );
	specularStrength = texelSpecular.r;
#else
	specularStrength = 1.0;
#endif`,zw=`#ifdef USE_SPECULARMAP
	uniform sampler2D specularMap;
#endif`,Vw=`#if defined( TONE_MAPPING )
	gl_FragColor.rgb = toneMapping( gl_FragColor.rgb );
#endif`,Gw=`#ifndef saturate
#define saturate( a ) clamp( a, 0.0, 1.0 )
#endif
uniform float toneMappingExposure;
vec3 LinearToneMapping( vec3 color ) {
	return saturate( toneMappingExposure * color );
}
vec3 ReinhardToneMapping( vec3 color ) {
	color *= toneMappingExposure;
	return saturate( color / ( vec3( 1.0 ) + color ) );
}
vec3 CineonToneMapping( vec3 color ) {
	color *= toneMappingExposure;
	color = max( vec3( 0.0 ), color - 0.004 );
	return pow( ( color * ( 6.2 * color + 0.5 ) ) / ( color * ( 6.2 * color + 1.7 ) + 0.06 ), vec3( 2.2 ) );
}
vec3 RRTAndODTFit( vec3 v ) {
	vec3 a = v * ( v + 0.0245786 ) - 0.000090537;
	vec3 b = v * ( 0.983729 * v + 0.4329510 ) + 0.238081;
	return a / b;
}
vec3 ACESFilmicToneMapping( vec3 color ) {
	const mat3 ACESInputMat = mat3(
		vec3( 0.59719, 0.07600, 0.02840 ),		vec3( 0.35458, 0.90834, 0.13383 ),
		vec3( 0.04823, 0.01566, 0.83777 )
	);
	const mat3 ACESOutputMat = mat3(
		vec3(  1.60475, -0.10208, -0.00327 ),		vec3( -0.53108,  1.10813, -0.07276 ),
		vec3( -0.07367, -0.00605,  1.07602 )
	);
	color *= toneMappingExposure / 0.6;
	color = ACESInputMat * color;
	color = RRTAndODTFit( color );
	color = ACESOutputMat * color;
	return saturate( color );
}
const mat3 LINEAR_REC2020_TO_LINEAR_SRGB = mat3(
	vec3( 1.6605, - 0.1246, - 0.0182 ),
	vec3( - 0.5876, 1.1329, - 0.1006 ),
	vec3( - 0.0728, - 0.0083, 1.1187 )
);
const mat3 LINEAR_SRGB_TO_LINEAR_REC2020 = mat3(
	vec3( 0.6274, 0.0691, 0.0164 ),
	vec3( 0.3293, 0.9195, 0.0880 ),
	vec3( 0.0433, 0.0113, 0.8956 )
);
vec3 agxDefaultContrastApprox( vec3 x ) {
	vec3 x2 = x * x;
	vec3 x4 = x2 * x2;
	return + 15.5 * x4 * x2
		- 40.14 * x4 * x
		+ 31.96 * x4
		- 6.868 * x2 * x
		+ 0.4298 * x2
		+ 0.1191 * x
		- 0.00232;
}
vec3 AgXToneMapping( vec3 color ) {
	const mat3 AgXInsetMatrix = mat3(
		vec3( 0.856627153315983, 0.137318972929847, 0.11189821299995 ),
		vec3( 0.0951212405381588, 0.761241990602591, 0.0767994186031903 ),
		vec3( 0.0482516061458583, 0.101439036467562, 0.811302368396859 )
	);
	const mat3 AgXOutsetMatrix = mat3(
		vec3( 1.1271005818144368, - 0.1413297634984383, - 0.14132976349843826 ),
		vec3( - 0.11060664309660323, 1.157823702216272, - 0.11060664309660294 ),
		vec3( - 0.016493938717834573, - 0.016493938717834257, 1.2519364065950405 )
	);
	const float AgxMinEv = - 12.47393;	const float AgxMaxEv = 4.026069;
	color *= toneMappingExposure;
	color = LINEAR_SRGB_TO_LINEAR_REC2020 * color;
	color = AgXInsetMatrix * color;
	color = max( color, 1e-10 );	color = log2( color );
	color = ( color - AgxMinEv ) / ( AgxMaxEv - AgxMinEv );
	color = clamp( color, 0.0, 1.0 );
	color = agxDefaultContrastApprox( color );
	color = AgXOutsetMatrix * color;
	color = pow( max( vec3( 0.0 ), color ), vec3( 2.2 ) );
	color = LINEAR_REC2020_TO_LINEAR_SRGB * color;
	color = clamp( color, 0.0, 1.0 );
	return color;
}
vec3 NeutralToneMapping( vec3 color ) {
	const float StartCompression = 0.8 - 0.04;
	const float Desaturation = 0.15;
	color *= toneMappingExposure;
	float x = min( color.r, min( color.g, color.b ) );
	float offset = x < 0.08 ? x - 6.25 * x * x : 0.04;
	color -= offset;
	float peak = max( color.r, max( color.g, color.b ) );
	if ( peak < StartCompression ) return color;
	float d = 1. - StartCompression;
	float newPeak = 1. - d * d / ( peak + d - StartCompression );
	color *= newPeak / peak;
	float g = 1. - 1. / ( Desaturation * ( peak - newPeak ) + 1. );
	return mix( color, vec3( newPeak ), g );
}
vec3 CustomToneMapping( vec3 color ) { return color; }`,Hw=`#ifdef USE_TRANSMISSION
	material.transmission = transmission;
	material.transmissionAlpha = 1.0;
	material.thickness = thickness;
	material.attenuationDistance = attenuationDistance;
	material.attenuationColor = attenuationColor;
	#ifdef USE_TRANSMISSIONMAP
		material.transmission *= texture2D( transmissionMap, vTransmissionMapUv ).r;
	#endif
	#ifdef USE_THICKNESSMAP
		material.thickness *= texture2D( thicknessMap, vThicknessMapUv ).g;
	#endif
	vec3 pos = vWorldPosition;
	vec3 v = normalize( cameraPosition - pos );
	vec3 n = transformNormalByInverseViewMatrix( normal, viewMatrix );
	vec4 transmitted = getIBLVolumeRefraction(
		n, v, material.roughness, material.diffuseContribution, material.specularColorBlended, material.specularF90,
		pos, modelMatrix, viewMatrix, projectionMatrix, material.dispersion, material.ior, material.thickness,
		material.attenuationColor, material.attenuationDistance );
	material.transmissionAlpha = mix( material.transmissionAlpha, transmitted.a, material.transmission );
	totalDiffuse = mix( totalDiffuse, transmitted.rgb, material.transmission );
#endif`,Ww=`#ifdef USE_TRANSMISSION
	uniform float transmission;
	uniform float thickness;
	uniform float attenuationDistance;
	uniform vec3 attenuationColor;
	#ifdef USE_TRANSMISSIONMAP
		uniform sampler2D transmissionMap;
	#endif
	#ifdef USE_THICKNESSMAP
		uniform sampler2D thicknessMap;
	#endif
	uniform vec2 transmissionSamplerSize;
	uniform sampler2D transmissionSamplerMap;
	uniform mat4 modelMatrix;
	uniform mat4 projectionMatrix;
	varying vec3 vWorldPosition;
	float w0( float a ) {
		return ( 1.0 / 6.0 ) * ( a * ( a * ( - a + 3.0 ) - 3.0 ) + 1.0 );
	}
	float w1( float a ) {
		return ( 1.0 / 6.0 ) * ( a *  a * ( 3.0 * a - 6.0 ) + 4.0 );
	}
	float w2( float a ){
		return ( 1.0 / 6.0 ) * ( a * ( a * ( - 3.0 * a + 3.0 ) + 3.0 ) + 1.0 );
	}
	float w3( float a ) {
		return ( 1.0 / 6.0 ) * ( a * a * a );
	}
	float g0( float a ) {
		return w0( a ) + w1( a );
	}
	float g1( float a ) {
		return w2( a ) + w3( a );
	}
	float h0( float a ) {
		return - 1.0 + w1( a ) / ( w0( a ) + w1( a ) );
	}
	float h1( float a ) {
		return 1.0 + w3( a ) / ( w2( a ) + w3( a ) );
	}
	vec4 bicubic( sampler2D tex, vec2 uv, vec4 texelSize, float lod ) {
		uv = uv * texelSize.zw + 0.5;
		vec2 iuv = floor( uv );
		vec2 fuv = fract( uv );
		float g0x = g0( fuv.x );
		float g1x = g1( fuv.x );
		float h0x = h0( fuv.x );
		float h1x = h1( fuv.x );
		float h0y = h0( fuv.y );
		float h1y = h1( fuv.y );
		vec2 p0 = ( vec2( iuv.x + h0x, iuv.y + h0y ) - 0.5 ) * texelSize.xy;
		vec2 p1 = ( vec2( iuv.x + h1x, iuv.y + h0y ) - 0.5 ) * texelSize.xy;
		vec2 p2 = ( vec2( iuv.x + h0x, iuv.y + h1y ) - 0.5 ) * texelSize.xy;
		vec2 p3 = ( vec2( iuv.x + h1x, iuv.y + h1y ) - 0.5 ) * texelSize.xy;
		return g0( fuv.y ) * ( g0x * textureLod( tex, p0, lod ) + g1x * textureLod( tex, p1, lod ) ) +
			g1( fuv.y ) * ( g0x * textureLod( tex, p2, lod ) + g1x * textureLod( tex, p3, lod ) );
	}
	vec4 textureBicubic( sampler2D sampler, vec2 uv, float lod ) {
		vec2 fLodSize = vec2( textureSize( sampler, int( lod ) ) );
		vec2 cLodSize = vec2( textureSize( sampler, int( lod + 1.0 ) ) );
		vec2 fLodSizeInv = 1.0 / fLodSize;
		vec2 cLodSizeInv = 1.0 / cLodSize;
		vec4 fSample = bicubic( sampler, uv, vec4( fLodSizeInv, fLodSize ), floor( lod ) );
		vec4 cSample = bicubic( sampler, uv, vec4( cLodSizeInv, cLodSize ), ceil( lod ) );
		return mix( fSample, cSample, fract( lod ) );
	}
	vec3 getVolumeTransmissionRay( const in vec3 n, const in vec3 v, const in float thickness, const in float ior, const in mat4 modelMatrix ) {
		vec3 refractionVector = refract( - v, normalize( n ), 1.0 / ior );
		vec3 modelScale;
		modelScale.x = length( vec3( modelMatrix[ 0 ].xyz ) );
		modelScale.y = length( vec3( modelMatrix[ 1 ].xyz ) );
		modelScale.z = length( vec3( modelMatrix[ 2 ].xyz ) );
		return normalize( refractionVector ) * thickness * modelScale;
	}
	float applyIorToRoughness( const in float roughness, const in float ior ) {
		return roughness * clamp( ior * 2.0 - 2.0, 0.0, 1.0 );
	}
	vec4 getTransmissionSample( const in vec2 fragCoord, const in float roughness, const in float ior ) {
		float lod = log2( transmissionSamplerSize.x ) * applyIorToRoughness( roughness, ior );
		return textureBicubic( transmissionSamplerMap, fragCoord.xy, lod );
	}
	vec3 volumeAttenuation( const in float transmissionDistance, const in vec3 attenuationColor, const in float attenuationDistance ) {
		if ( isinf( attenuationDistance ) ) {
			return vec3( 1.0 );
		} else {
			vec3 attenuationCoefficient = -log( attenuationColor ) / attenuationDistance;
			vec3 transmittance = exp( - attenuationCoefficient * transmissionDistance );			return transmittance;
		}
	}
	vec4 getIBLVolumeRefraction( const in vec3 n, const in vec3 v, const in float roughness, const in vec3 diffuseColor,
		const in vec3 specularColor, const in float specularF90, const in vec3 position, const in mat4 modelMatrix,
		const in mat4 viewMatrix, const in mat4 projMatrix, const in float dispersion, const in float ior, const in float thickness,
		const in vec3 attenuationColor, const in float attenuationDistance ) {
		vec4 transmittedLight;
		vec3 transmittance;
		#ifdef USE_DISPERSION
			float halfSpread = ( ior - 1.0 ) * 0.025 * dispersion;
			vec3 iors = vec3( ior - halfSpread, ior, ior + halfSpread );
			for ( int i = 0; i < 3; i ++ ) {
				vec3 transmissionRay = getVolumeTransmissionRay( n, v, thickness, iors[ i ], modelMatrix );
				vec3 refractedRayExit = position + transmissionRay;
				vec4 ndcPos = projMatrix * viewMatrix * vec4( refractedRayExit, 1.0 );
				vec2 refractionCoords = ndcPos.xy / ndcPos.w;
				refractionCoords += 1.0;
				refractionCoords /= 2.0;
				vec4 transmissionSample = getTransmissionSample( refractionCoords, roughness, iors[ i ] );
				transmittedLight[ i ] = transmissionSample[ i ];
				transmittedLight.a += transmissionSample.a;
				transmittance[ i ] = diffuseColor[ i ] * volumeAttenuation( length( transmissionRay ), attenuationColor, attenuationDistance )[ i ];
			}
			transmittedLight.a /= 3.0;
		#else
			vec3 transmissionRay = getVolumeTransmissionRay( n, v, thickness, ior, modelMatrix );
			vec3 refractedRayExit = position + transmissionRay;
			vec4 ndcPos = projMatrix * viewMatrix * vec4( refractedRayExit, 1.0 );
			vec2 refractionCoords = ndcPos.xy / ndcPos.w;
			refractionCoords += 1.0;
			refractionCoords /= 2.0;
			transmittedLight = getTransmissionSample( refractionCoords, roughness, ior );
			transmittance = diffuseColor * volumeAttenuation( length( transmissionRay ), attenuationColor, attenuationDistance );
		#endif
		vec3 attenuatedColor = transmittance * transmittedLight.rgb;
		vec3 F = EnvironmentBRDF( n, v, specularColor, specularF90, roughness );
		float transmittanceFactor = ( transmittance.r + transmittance.g + transmittance.b ) / 3.0;
		return vec4( ( 1.0 - F ) * attenuatedColor, 1.0 - ( 1.0 - transmittedLight.a ) * transmittanceFactor );
	}
#endif`,Xw=`#if defined( USE_UV ) || defined( USE_ANISOTROPY )
	varying vec2 vUv;
#endif
#ifdef USE_MAP
	varying vec2 vMapUv;
#endif
#ifdef USE_ALPHAMAP
	varying vec2 vAlphaMapUv;
#endif
#ifdef USE_LIGHTMAP
	varying vec2 vLightMapUv;
#endif
#ifdef USE_AOMAP
	varying vec2 vAoMapUv;
#endif
#ifdef USE_BUMPMAP
	varying vec2 vBumpMapUv;
#endif
#ifdef USE_NORMALMAP
	varying vec2 vNormalMapUv;
#endif
#ifdef USE_EMISSIVEMAP
	varying vec2 vEmissiveMapUv;
#endif
#ifdef USE_METALNESSMAP
	varying vec2 vMetalnessMapUv;
#endif
#ifdef USE_ROUGHNESSMAP
	varying vec2 vRoughnessMapUv;
#endif
#ifdef USE_DIFFUSE_ROUGHNESSMAP
	varying vec2 vDiffuseRoughnessMapUv;
#endif
#ifdef USE_ANISOTROPYMAP
	varying vec2 vAnisotropyMapUv;
#endif
#ifdef USE_CLEARCOATMAP
	varying vec2 vClearcoatMapUv;
#endif
#ifdef USE_CLEARCOAT_NORMALMAP
	varying vec2 vClearcoatNormalMapUv;
#endif
#ifdef USE_CLEARCOAT_ROUGHNESSMAP
	varying vec2 vClearcoatRoughnessMapUv;
#endif
#ifdef USE_IRIDESCENCEMAP
	varying vec2 vIridescenceMapUv;
#endif
#ifdef USE_IRIDESCENCE_THICKNESSMAP
	varying vec2 vIridescenceThicknessMapUv;
#endif
#ifdef USE_SHEEN_COLORMAP
	varying vec2 vSheenColorMapUv;
#endif
#ifdef USE_SHEEN_ROUGHNESSMAP
	varying vec2 vSheenRoughnessMapUv;
#endif
#ifdef USE_SPECULARMAP
	varying vec2 vSpecularMapUv;
#endif
#ifdef USE_SPECULAR_COLORMAP
	varying vec2 vSpecularColorMapUv;
#endif
#ifdef USE_SPECULAR_INTENSITYMAP
	varying vec2 vSpecularIntensityMapUv;
#endif
#ifdef USE_TRANSMISSIONMAP
	uniform mat3 transmissionMapTransform;
	varying vec2 vTransmissionMapUv;
#endif
#ifdef USE_THICKNESSMAP
	uniform mat3 thicknessMapTransform;
	varying vec2 vThicknessMapUv;
#endif`,qw=`#if defined( USE_UV ) || defined( USE_ANISOTROPY )
	varying vec2 vUv;
#endif
#ifdef USE_MAP
	uniform mat3 mapTransform;
	varying vec2 vMapUv;
#endif
#ifdef USE_ALPHAMAP
	uniform mat3 alphaMapTransform;
	varying vec2 vAlphaMapUv;
#endif
#ifdef USE_LIGHTMAP
	uniform mat3 lightMapTransform;
	varying vec2 vLightMapUv;
#endif
#ifdef USE_AOMAP
	uniform mat3 aoMapTransform;
	varying vec2 vAoMapUv;
#endif
#ifdef USE_BUMPMAP
	uniform mat3 bumpMapTransform;
	varying vec2 vBumpMapUv;
#endif
#ifdef USE_NORMALMAP
	uniform mat3 normalMapTransform;
	varying vec2 vNormalMapUv;
#endif
#ifdef USE_DISPLACEMENTMAP
	uniform mat3 displacementMapTransform;
	varying vec2 vDisplacementMapUv;
#endif
#ifdef USE_EMISSIVEMAP
	uniform mat3 emissiveMapTransform;
	varying vec2 vEmissiveMapUv;
#endif
#ifdef USE_METALNESSMAP
	uniform mat3 metalnessMapTransform;
	varying vec2 vMetalnessMapUv;
#endif
#ifdef USE_ROUGHNESSMAP
	uniform mat3 roughnessMapTransform;
	varying vec2 vRoughnessMapUv;
#endif
#ifdef USE_DIFFUSE_ROUGHNESSMAP
	uniform mat3 diffuseRoughnessMapTransform;
	varying vec2 vDiffuseRoughnessMapUv;
#endif
#ifdef USE_ANISOTROPYMAP
	uniform mat3 anisotropyMapTransform;
	varying vec2 vAnisotropyMapUv;
#endif
#ifdef USE_CLEARCOATMAP
	uniform mat3 clearcoatMapTransform;
	varying vec2 vClearcoatMapUv;
#endif
#ifdef USE_CLEARCOAT_NORMALMAP
	uniform mat3 clearcoatNormalMapTransform;
	varying vec2 vClearcoatNormalMapUv;
#endif
#ifdef USE_CLEARCOAT_ROUGHNESSMAP
	uniform mat3 clearcoatRoughnessMapTransform;
	varying vec2 vClearcoatRoughnessMapUv;
#endif
#ifdef USE_SHEEN_COLORMAP
	uniform mat3 sheenColorMapTransform;
	varying vec2 vSheenColorMapUv;
#endif
#ifdef USE_SHEEN_ROUGHNESSMAP
	uniform mat3 sheenRoughnessMapTransform;
	varying vec2 vSheenRoughnessMapUv;
#endif
#ifdef USE_IRIDESCENCEMAP
	uniform mat3 iridescenceMapTransform;
	varying vec2 vIridescenceMapUv;
#endif
#ifdef USE_IRIDESCENCE_THICKNESSMAP
	uniform mat3 iridescenceThicknessMapTransform;
	varying vec2 vIridescenceThicknessMapUv;
#endif
#ifdef USE_SPECULARMAP
	uniform mat3 specularMapTransform;
	varying vec2 vSpecularMapUv;
#endif
#ifdef USE_SPECULAR_COLORMAP
	uniform mat3 specularColorMapTransform;
	varying vec2 vSpecularColorMapUv;
#endif
#ifdef USE_SPECULAR_INTENSITYMAP
	uniform mat3 specularIntensityMapTransform;
	varying vec2 vSpecularIntensityMapUv;
#endif
#ifdef USE_TRANSMISSIONMAP
	uniform mat3 transmissionMapTransform;
	varying vec2 vTransmissionMapUv;
#endif
#ifdef USE_THICKNESSMAP
	uniform mat3 thicknessMapTransform;
	varying vec2 vThicknessMapUv;
#endif`,$w=`#if defined( USE_UV ) || defined( USE_ANISOTROPY )
	vUv = vec3( uv, 1 ).xy;
#endif
#ifdef USE_MAP
	vMapUv = ( mapTransform * vec3( MAP_UV, 1 ) ).xy;
#endif
#ifdef USE_ALPHAMAP
	vAlphaMapUv = ( alphaMapTransform * vec3( ALPHAMAP_UV, 1 ) ).xy;
#endif
#ifdef USE_LIGHTMAP
	vLightMapUv = ( lightMapTransform * vec3( LIGHTMAP_UV, 1 ) ).xy;
#endif
#ifdef USE_AOMAP
	vAoMapUv = ( aoMapTransform * vec3( AOMAP_UV, 1 ) ).xy;
#endif
#ifdef USE_BUMPMAP
	vBumpMapUv = ( bumpMapTransform * vec3( BUMPMAP_UV, 1 ) ).xy;
#endif
#ifdef USE_NORMALMAP
	vNormalMapUv = ( normalMapTransform * vec3( NORMALMAP_UV, 1 ) ).xy;
#endif
#ifdef USE_DISPLACEMENTMAP
	vDisplacementMapUv = ( displacementMapTransform * vec3( DISPLACEMENTMAP_UV, 1 ) ).xy;
#endif
#ifdef USE_EMISSIVEMAP
	vEmissiveMapUv = ( emissiveMapTransform * vec3( EMISSIVEMAP_UV, 1 ) ).xy;
#endif
#ifdef USE_METALNESSMAP
	vMetalnessMapUv = ( metalnessMapTransform * vec3( METALNESSMAP_UV, 1 ) ).xy;
#endif
#ifdef USE_ROUGHNESSMAP
	vRoughnessMapUv = ( roughnessMapTransform * vec3( ROUGHNESSMAP_UV, 1 ) ).xy;
#endif
#ifdef USE_DIFFUSE_ROUGHNESSMAP
	vDiffuseRoughnessMapUv = ( diffuseRoughnessMapTransform * vec3( DIFFUSE_ROUGHNESSMAP_UV, 1 ) ).xy;
#endif
#ifdef USE_ANISOTROPYMAP
	vAnisotropyMapUv = ( anisotropyMapTransform * vec3( ANISOTROPYMAP_UV, 1 ) ).xy;
#endif
#ifdef USE_CLEARCOATMAP
	vClearcoatMapUv = ( clearcoatMapTransform * vec3( CLEARCOATMAP_UV, 1 ) ).xy;
#endif
#ifdef USE_CLEARCOAT_NORMALMAP
	vClearcoatNormalMapUv = ( clearcoatNormalMapTransform * vec3( CLEARCOAT_NORMALMAP_UV, 1 ) ).xy;
#endif
#ifdef USE_CLEARCOAT_ROUGHNESSMAP
	vClearcoatRoughnessMapUv = ( clearcoatRoughnessMapTransform * vec3( CLEARCOAT_ROUGHNESSMAP_UV, 1 ) ).xy;
#endif
#ifdef USE_IRIDESCENCEMAP
	vIridescenceMapUv = ( iridescenceMapTransform * vec3( IRIDESCENCEMAP_UV, 1 ) ).xy;
#endif
#ifdef USE_IRIDESCENCE_THICKNESSMAP
	vIridescenceThicknessMapUv = ( iridescenceThicknessMapTransform * vec3( IRIDESCENCE_THICKNESSMAP_UV, 1 ) ).xy;
#endif
#ifdef USE_SHEEN_COLORMAP
	vSheenColorMapUv = ( sheenColorMapTransform * vec3( SHEEN_COLORMAP_UV, 1 ) ).xy;
#endif
#ifdef USE_SHEEN_ROUGHNESSMAP
	vSheenRoughnessMapUv = ( sheenRoughnessMapTransform * vec3( SHEEN_ROUGHNESSMAP_UV, 1 ) ).xy;
#endif
#ifdef USE_SPECULARMAP
	vSpecularMapUv = ( specularMapTransform * vec3( SPECULARMAP_UV, 1 ) ).xy;
#endif
#ifdef USE_SPECULAR_COLORMAP
	vSpecularColorMapUv = ( specularColorMapTransform * vec3( SPECULAR_COLORMAP_UV, 1 ) ).xy;
#endif
#ifdef USE_SPECULAR_INTENSITYMAP
	vSpecularIntensityMapUv = ( specularIntensityMapTransform * vec3( SPECULAR_INTENSITYMAP_UV, 1 ) ).xy;
#endif
#ifdef USE_TRANSMISSIONMAP
	vTransmissionMapUv = ( transmissionMapTransform * vec3( TRANSMISSIONMAP_UV, 1 ) ).xy;
#endif
#ifdef USE_THICKNESSMAP
	vThicknessMapUv = ( thicknessMapTransform * vec3( THICKNESSMAP_UV, 1 ) ).xy;
#endif`,Yw=`#if defined( USE_ENVMAP ) || defined( DISTANCE ) || defined ( USE_SHADOWMAP ) || defined ( USE_TRANSMISSION ) || NUM_SPOT_LIGHT_COORDS > 0
	vec4 worldPosition = vec4( transformed, 1.0 );
	#ifdef USE_BATCHING
		worldPosition = batchingMatrix * worldPosition;
	#endif
	#ifdef USE_INSTANCING
		worldPosition = instanceMatrix * worldPosition;
	#endif
	worldPosition = modelMatrix * worldPosition;
#endif`,Zw=`varying vec2 vUv;
uniform mat3 uvTransform;
void main() {
	vUv = ( uvTransform * vec3( uv, 1 ) ).xy;
	gl_Position = vec4( position.xy, 1.0, 1.0 );
}`,Jw=`uniform sampler2D t2D;
uniform float backgroundIntensity;
varying vec2 vUv;
void main() {
	vec4 texColor = texture2D( t2D, vUv );
	#ifdef DECODE_VIDEO_TEXTURE
		texColor = vec4( mix( pow( texColor.rgb * 0.9478672986 + vec3( 0.0521327014 ), vec3( 2.4 ) ), texColor.rgb * 0.0773993808, vec3( lessThanEqual( texColor.rgb, vec3( 0.04045 ) ) ) ), texColor.w );
	#endif
	texColor.rgb *= backgroundIntensity;
	gl_FragColor = texColor;
	#include <tonemapping_fragment>
	#include <colorspace_fragment>
}`,Kw=`varying vec3 vWorldDirection;
#include <common>
void main() {
	vWorldDirection = transformDirection( position, modelMatrix );
	#include <begin_vertex>
	#include <project_vertex>
	gl_Position.z = gl_Position.w;
}`,jw=`uniform float backgroundBlurriness;
uniform float backgroundIntensity;
uniform mat3 backgroundRotation;
varying vec3 vWorldDirection;
#include <envmap_common_pars_fragment>
void main() {
	#ifdef ENVMAP_TYPE_PMREM
		vec4 texColor = textureLod( envMap, backgroundRotation * vWorldDirection, roughnessToMip( backgroundBlurriness ) );
	#else
		vec4 texColor = textureCube( envMap, backgroundRotation * vWorldDirection );
	#endif
	texColor.rgb *= backgroundIntensity;
	gl_FragColor = texColor;
	#include <tonemapping_fragment>
	#include <colorspace_fragment>
}`,Qw=`varying vec3 vWorldDirection;
#include <common>
void main() {
	vWorldDirection = transformDirection( position, modelMatrix );
	#include <begin_vertex>
	#include <project_vertex>
	gl_Position.z = gl_Position.w;
}`,tA=`uniform samplerCube tCube;
uniform float tFlip;
uniform float opacity;
varying vec3 vWorldDirection;
void main() {
	vec4 texColor = textureCube( tCube, vec3( tFlip * vWorldDirection.x, vWorldDirection.yz ) );
	gl_FragColor = texColor;
	gl_FragColor.a *= opacity;
	#include <tonemapping_fragment>
	#include <colorspace_fragment>
}`,eA=`#include <common>
#include <batching_pars_vertex>
#include <uv_pars_vertex>
#include <displacementmap_pars_vertex>
#include <morphtarget_pars_vertex>
#include <skinning_pars_vertex>
#include <logdepthbuf_pars_vertex>
#include <clipping_planes_pars_vertex>
varying vec2 vHighPrecisionZW;
void main() {
	#include <uv_vertex>
	#include <batching_vertex>
	#include <skinbase_vertex>
	#include <morphinstance_vertex>
	#ifdef USE_DISPLACEMENTMAP
		#include <beginnormal_vertex>
		#include <morphnormal_vertex>
		#include <skinnormal_vertex>
	#endif
	#include <begin_vertex>
	#include <morphtarget_vertex>
	#include <skinning_vertex>
	#include <displacementmap_vertex>
	#include <project_vertex>
	#include <logdepthbuf_vertex>
	#include <clipping_planes_vertex>
	vHighPrecisionZW = gl_Position.zw;
}`,nA=`#if DEPTH_PACKING == 3200
	uniform float opacity;
#endif
#include <common>
#include <packing>
#include <uv_pars_fragment>
#include <map_pars_fragment>
#include <alphamap_pars_fragment>
#include <alphatest_pars_fragment>
#include <alphahash_pars_fragment>
#include <logdepthbuf_pars_fragment>
#include <clipping_planes_pars_fragment>
varying vec2 vHighPrecisionZW;
void main() {
	vec4 diffuseColor = vec4( 1.0 );
	#include <clipping_planes_fragment>
	#if DEPTH_PACKING == 3200
		diffuseColor.a = opacity;
	#endif
	#include <map_fragment>
	#include <alphamap_fragment>
	#include <alphatest_fragment>
	#include <alphahash_fragment>
	#include <logdepthbuf_fragment>
	#ifdef USE_REVERSED_DEPTH_BUFFER
		float fragCoordZ = vHighPrecisionZW[ 0 ] / vHighPrecisionZW[ 1 ];
	#else
		float fragCoordZ = 0.5 * vHighPrecisionZW[ 0 ] / vHighPrecisionZW[ 1 ] + 0.5;
	#endif
	#if DEPTH_PACKING == 3200
		gl_FragColor = vec4( vec3( 1.0 - fragCoordZ ), opacity );
	#elif DEPTH_PACKING == 3201
		gl_FragColor = packDepthToRGBA( fragCoordZ );
	#elif DEPTH_PACKING == 3202
		gl_FragColor = vec4( packDepthToRGB( fragCoordZ ), 1.0 );
	#elif DEPTH_PACKING == 3203
		gl_FragColor = vec4( packDepthToRG( fragCoordZ ), 0.0, 1.0 );
	#endif
}`,iA=`#define DISTANCE
varying vec3 vWorldPosition;
#include <common>
#include <batching_pars_vertex>
#include <uv_pars_vertex>
#include <displacementmap_pars_vertex>
#include <morphtarget_pars_vertex>
#include <skinning_pars_vertex>
#include <clipping_planes_pars_vertex>
void main() {
	#include <uv_vertex>
	#include <batching_vertex>
	#include <skinbase_vertex>
	#include <morphinstance_vertex>
	#ifdef USE_DISPLACEMENTMAP
		#include <beginnormal_vertex>
		#include <morphnormal_vertex>
		#include <skinnormal_vertex>
	#endif
	#include <begin_vertex>
	#include <morphtarget_vertex>
	#include <skinning_vertex>
	#include <displacementmap_vertex>
	#include <project_vertex>
	#include <worldpos_vertex>
	#include <clipping_planes_vertex>
	vWorldPosition = worldPosition.xyz;
}`,sA=`#define DISTANCE
uniform vec3 referencePosition;
uniform float nearDistance;
uniform float farDistance;
varying vec3 vWorldPosition;
#include <common>
#include <uv_pars_fragment>
#include <map_pars_fragment>
#include <alphamap_pars_fragment>
#include <alphatest_pars_fragment>
#include <alphahash_pars_fragment>
#include <clipping_planes_pars_fragment>
void main() {
	vec4 diffuseColor = vec4( 1.0 );
	#include <clipping_planes_fragment>
	#include <map_fragment>
	#include <alphamap_fragment>
	#include <alphatest_fragment>
	#include <alphahash_fragment>
	float dist = length( vWorldPosition - referencePosition );
	dist = ( dist - nearDistance ) / ( farDistance - nearDistance );
	dist = saturate( dist );
	gl_FragColor = vec4( dist, 0.0, 0.0, 1.0 );
}`,rA=`varying vec3 vWorldDirection;
#include <common>
void main() {
	vWorldDirection = transformDirection( position, modelMatrix );
	#include <begin_vertex>
	#include <project_vertex>
}`,oA=`uniform sampler2D tEquirect;
varying vec3 vWorldDirection;
#include <common>
void main() {
	vec3 direction = normalize( vWorldDirection );
	vec2 sampleUV = equirectUv( direction );
	gl_FragColor = texture2D( tEquirect, sampleUV );
	#include <tonemapping_fragment>
	#include <colorspace_fragment>
}`,aA=`uniform float scale;
attribute float lineDistance;
varying float vLineDistance;
#include <common>
#include <uv_pars_vertex>
#include <color_pars_vertex>
#include <fog_pars_vertex>
#include <morphtarget_pars_vertex>
#include <logdepthbuf_pars_vertex>
#include <clipping_planes_pars_vertex>
void main() {
	vLineDistance = scale * lineDistance;
	#include <uv_vertex>
	#include <color_vertex>
	#include <morphinstance_vertex>
	#include <morphcolor_vertex>
	#include <begin_vertex>
	#include <morphtarget_vertex>
	#include <project_vertex>
	#include <logdepthbuf_vertex>
	#include <clipping_planes_vertex>
	#include <fog_vertex>
}`,lA=`uniform vec3 diffuse;
uniform float opacity;
uniform float dashSize;
uniform float totalSize;
varying float vLineDistance;
#include <common>
#include <color_pars_fragment>
#include <uv_pars_fragment>
#include <map_pars_fragment>
#include <fog_pars_fragment>
#include <logdepthbuf_pars_fragment>
#include <clipping_planes_pars_fragment>
void main() {
	vec4 diffuseColor = vec4( diffuse, opacity );
	#include <clipping_planes_fragment>
	if ( mod( vLineDistance, totalSize ) > dashSize ) {
		discard;
	}
	vec3 outgoingLight = vec3( 0.0 );
	#include <logdepthbuf_fragment>
	#include <map_fragment>
	#include <color_fragment>
	outgoingLight = diffuseColor.rgb;
	#include <opaque_fragment>
	#include <tonemapping_fragment>
	#include <colorspace_fragment>
	#include <fog_fragment>
	#include <premultiplied_alpha_fragment>
}`,cA=`#include <common>
#include <batching_pars_vertex>
#include <uv_pars_vertex>
#include <envmap_pars_vertex>
#include <color_pars_vertex>
#include <fog_pars_vertex>
#include <morphtarget_pars_vertex>
#include <skinning_pars_vertex>
#include <logdepthbuf_pars_vertex>
#include <clipping_planes_pars_vertex>
void main() {
	#include <uv_vertex>
	#include <color_vertex>
	#include <morphinstance_vertex>
	#include <morphcolor_vertex>
	#include <batching_vertex>
	#if defined ( USE_ENVMAP ) || defined ( USE_SKINNING )
		#include <beginnormal_vertex>
		#include <morphnormal_vertex>
		#include <skinbase_vertex>
		#include <skinnormal_vertex>
		#include <defaultnormal_vertex>
	#endif
	#include <begin_vertex>
	#include <morphtarget_vertex>
	#include <skinning_vertex>
	#include <project_vertex>
	#include <logdepthbuf_vertex>
	#include <clipping_planes_vertex>
	#include <worldpos_vertex>
	#include <envmap_vertex>
	#include <fog_vertex>
}`,hA=`uniform vec3 diffuse;
uniform float opacity;
#ifndef FLAT_SHADED
	varying vec3 vNormal;
#endif
#include <common>
#include <dithering_pars_fragment>
#include <color_pars_fragment>
#include <uv_pars_fragment>
#include <map_pars_fragment>
#include <alphamap_pars_fragment>
#include <alphatest_pars_fragment>
#include <alphahash_pars_fragment>
#include <aomap_pars_fragment>
#include <lightmap_pars_fragment>
#include <envmap_common_pars_fragment>
#include <envmap_pars_fragment>
#include <fog_pars_fragment>
#include <specularmap_pars_fragment>
#include <logdepthbuf_pars_fragment>
#include <clipping_planes_pars_fragment>
void main() {
	vec4 diffuseColor = vec4( diffuse, opacity );
	#include <clipping_planes_fragment>
	#include <logdepthbuf_fragment>
	#include <map_fragment>
	#include <color_fragment>
	#include <alphamap_fragment>
	#include <alphatest_fragment>
	#include <alphahash_fragment>
	#include <specularmap_fragment>
	ReflectedLight reflectedLight = ReflectedLight( vec3( 0.0 ), vec3( 0.0 ), vec3( 0.0 ), vec3( 0.0 ) );
	#ifdef USE_LIGHTMAP
		vec4 lightMapTexel = texture2D( lightMap, vLightMapUv );
		reflectedLight.indirectDiffuse += lightMapTexel.rgb * lightMapIntensity * RECIPROCAL_PI;
	#else
		reflectedLight.indirectDiffuse += vec3( 1.0 );
	#endif
	#include <aomap_fragment>
	reflectedLight.indirectDiffuse *= diffuseColor.rgb;
	vec3 outgoingLight = reflectedLight.indirectDiffuse;
	#include <envmap_fragment>
	#include <opaque_fragment>
	#include <tonemapping_fragment>
	#include <colorspace_fragment>
	#include <fog_fragment>
	#include <premultiplied_alpha_fragment>
	#include <dithering_fragment>
}`,uA=`#define LAMBERT
varying vec3 vViewPosition;
#include <common>
#include <batching_pars_vertex>
#include <uv_pars_vertex>
#include <displacementmap_pars_vertex>
#include <envmap_pars_vertex>
#include <color_pars_vertex>
#include <fog_pars_vertex>
#include <normal_pars_vertex>
#include <morphtarget_pars_vertex>
#include <skinning_pars_vertex>
#include <shadowmap_pars_vertex>
#include <logdepthbuf_pars_vertex>
#include <clipping_planes_pars_vertex>
void main() {
	#include <uv_vertex>
	#include <color_vertex>
	#include <morphinstance_vertex>
	#include <morphcolor_vertex>
	#include <batching_vertex>
	#include <beginnormal_vertex>
	#include <morphnormal_vertex>
	#include <skinbase_vertex>
	#include <skinnormal_vertex>
	#include <defaultnormal_vertex>
	#include <normal_vertex>
	#include <begin_vertex>
	#include <morphtarget_vertex>
	#include <skinning_vertex>
	#include <displacementmap_vertex>
	#include <project_vertex>
	#include <logdepthbuf_vertex>
	#include <clipping_planes_vertex>
	vViewPosition = - mvPosition.xyz;
	#include <worldpos_vertex>
	#include <envmap_vertex>
	#include <shadowmap_vertex>
	#include <fog_vertex>
}`,fA=`#define LAMBERT
uniform vec3 diffuse;
uniform vec3 emissive;
uniform float opacity;
#include <common>
#include <dithering_pars_fragment>
#include <color_pars_fragment>
#include <uv_pars_fragment>
#include <map_pars_fragment>
#include <alphamap_pars_fragment>
#include <alphatest_pars_fragment>
#include <alphahash_pars_fragment>
#include <aomap_pars_fragment>
#include <lightmap_pars_fragment>
#include <emissivemap_pars_fragment>
#include <envmap_common_pars_fragment>
#include <envmap_pars_fragment>
#include <envmap_physical_pars_fragment>
#include <fog_pars_fragment>
#include <bsdfs>
#include <lights_pars_begin>
#include <normal_pars_fragment>
#include <lights_lambert_pars_fragment>
#include <shadowmap_pars_fragment>
#include <bumpmap_pars_fragment>
#include <normalmap_pars_fragment>
#include <specularmap_pars_fragment>
#include <logdepthbuf_pars_fragment>
#include <clipping_planes_pars_fragment>
void main() {
	vec4 diffuseColor = vec4( diffuse, opacity );
	#include <clipping_planes_fragment>
	ReflectedLight reflectedLight = ReflectedLight( vec3( 0.0 ), vec3( 0.0 ), vec3( 0.0 ), vec3( 0.0 ) );
	vec3 totalEmissiveRadiance = emissive;
	#include <logdepthbuf_fragment>
	#include <map_fragment>
	#include <color_fragment>
	#include <alphamap_fragment>
	#include <alphatest_fragment>
	#include <alphahash_fragment>
	#include <specularmap_fragment>
	#include <normal_fragment_begin>
	#include <normal_fragment_maps>
	#include <emissivemap_fragment>
	#include <lights_lambert_fragment>
	#include <lights_fragment_begin>
	#include <lights_fragment_maps>
	#include <lights_fragment_end>
	#include <aomap_fragment>
	vec3 outgoingLight = reflectedLight.directDiffuse + reflectedLight.indirectDiffuse + totalEmissiveRadiance;
	#include <envmap_fragment>
	#include <opaque_fragment>
	#include <tonemapping_fragment>
	#include <colorspace_fragment>
	#include <fog_fragment>
	#include <premultiplied_alpha_fragment>
	#include <dithering_fragment>
}`,dA=`#define MATCAP
varying vec3 vViewPosition;
#include <common>
#include <batching_pars_vertex>
#include <uv_pars_vertex>
#include <color_pars_vertex>
#include <displacementmap_pars_vertex>
#include <fog_pars_vertex>
#include <normal_pars_vertex>
#include <morphtarget_pars_vertex>
#include <skinning_pars_vertex>
#include <logdepthbuf_pars_vertex>
#include <clipping_planes_pars_vertex>
void main() {
	#include <uv_vertex>
	#include <color_vertex>
	#include <morphinstance_vertex>
	#include <morphcolor_vertex>
	#include <batching_vertex>
	#include <beginnormal_vertex>
	#include <morphnormal_vertex>
	#include <skinbase_vertex>
	#include <skinnormal_vertex>
	#include <defaultnormal_vertex>
	#include <normal_vertex>
	#include <begin_vertex>
	#include <morphtarget_vertex>
	#include <skinning_vertex>
	#include <displacementmap_vertex>
	#include <project_vertex>
	#include <logdepthbuf_vertex>
	#include <clipping_planes_vertex>
	#include <fog_vertex>
	vViewPosition = - mvPosition.xyz;
}`,pA=`#define MATCAP
uniform vec3 diffuse;
uniform float opacity;
uniform sampler2D matcap;
varying vec3 vViewPosition;
#include <common>
#include <dithering_pars_fragment>
#include <color_pars_fragment>
#include <uv_pars_fragment>
#include <map_pars_fragment>
#include <alphamap_pars_fragment>
#include <alphatest_pars_fragment>
#include <alphahash_pars_fragment>
#include <fog_pars_fragment>
#include <normal_pars_fragment>
#include <bumpmap_pars_fragment>
#include <normalmap_pars_fragment>
#include <logdepthbuf_pars_fragment>
#include <clipping_planes_pars_fragment>
void main() {
	vec4 diffuseColor = vec4( diffuse, opacity );
	#include <clipping_planes_fragment>
	#include <logdepthbuf_fragment>
	#include <map_fragment>
	#include <color_fragment>
	#include <alphamap_fragment>
	#include <alphatest_fragment>
	#include <alphahash_fragment>
	#include <normal_fragment_begin>
	#include <normal_fragment_maps>
	vec3 viewDir = normalize( vViewPosition );
	vec3 x = normalize( vec3( viewDir.z, 0.0, - viewDir.x ) );
	vec3 y = cross( viewDir, x );
	vec2 uv = vec2( dot( x, normal ), dot( y, normal ) ) * 0.495 + 0.5;
	#ifdef USE_MATCAP
		vec4 matcapColor = texture2D( matcap, uv );
	#else
		vec4 matcapColor = vec4( vec3( mix( 0.2, 0.8, uv.y ) ), 1.0 );
	#endif
	vec3 outgoingLight = diffuseColor.rgb * matcapColor.rgb;
	#include <opaque_fragment>
	#include <tonemapping_fragment>
	#include <colorspace_fragment>
	#include <fog_fragment>
	#include <premultiplied_alpha_fragment>
	#include <dithering_fragment>
}`,mA=`#define NORMAL
#if defined( FLAT_SHADED ) || defined( USE_BUMPMAP ) || defined( USE_NORMALMAP_TANGENTSPACE )
	varying vec3 vViewPosition;
#endif
#include <common>
#include <batching_pars_vertex>
#include <uv_pars_vertex>
#include <displacementmap_pars_vertex>
#include <normal_pars_vertex>
#include <morphtarget_pars_vertex>
#include <skinning_pars_vertex>
#include <logdepthbuf_pars_vertex>
#include <clipping_planes_pars_vertex>
void main() {
	#include <uv_vertex>
	#include <batching_vertex>
	#include <beginnormal_vertex>
	#include <morphinstance_vertex>
	#include <morphnormal_vertex>
	#include <skinbase_vertex>
	#include <skinnormal_vertex>
	#include <defaultnormal_vertex>
	#include <normal_vertex>
	#include <begin_vertex>
	#include <morphtarget_vertex>
	#include <skinning_vertex>
	#include <displacementmap_vertex>
	#include <project_vertex>
	#include <logdepthbuf_vertex>
	#include <clipping_planes_vertex>
#if defined( FLAT_SHADED ) || defined( USE_BUMPMAP ) || defined( USE_NORMALMAP_TANGENTSPACE )
	vViewPosition = - mvPosition.xyz;
#endif
}`,gA=`#define NORMAL
uniform float opacity;
#if defined( FLAT_SHADED ) || defined( USE_BUMPMAP ) || defined( USE_NORMALMAP_TANGENTSPACE )
	varying vec3 vViewPosition;
#endif
#include <uv_pars_fragment>
#include <normal_pars_fragment>
#include <bumpmap_pars_fragment>
#include <normalmap_pars_fragment>
#include <logdepthbuf_pars_fragment>
#include <clipping_planes_pars_fragment>
void main() {
	vec4 diffuseColor = vec4( 0.0, 0.0, 0.0, opacity );
	#include <clipping_planes_fragment>
	#include <logdepthbuf_fragment>
	#include <normal_fragment_begin>
	#include <normal_fragment_maps>
	gl_FragColor = vec4( normalize( normal ) * 0.5 + 0.5, diffuseColor.a );
	#ifdef OPAQUE
		gl_FragColor.a = 1.0;
	#endif
}`,xA=`#define PHONG
varying vec3 vViewPosition;
#include <common>
#include <batching_pars_vertex>
#include <uv_pars_vertex>
#include <displacementmap_pars_vertex>
#include <envmap_pars_vertex>
#include <color_pars_vertex>
#include <fog_pars_vertex>
#include <normal_pars_vertex>
#include <morphtarget_pars_vertex>
#include <skinning_pars_vertex>
#include <shadowmap_pars_vertex>
#include <logdepthbuf_pars_vertex>
#include <clipping_planes_pars_vertex>
void main() {
	#include <uv_vertex>
	#include <color_vertex>
	#include <morphcolor_vertex>
	#include <batching_vertex>
	#include <beginnormal_vertex>
	#include <morphinstance_vertex>
	#include <morphnormal_vertex>
	#include <skinbase_vertex>
	#include <skinnormal_vertex>
	#include <defaultnormal_vertex>
	#include <normal_vertex>
	#include <begin_vertex>
	#include <morphtarget_vertex>
	#include <skinning_vertex>
	#include <displacementmap_vertex>
	#include <project_vertex>
	#include <logdepthbuf_vertex>
	#include <clipping_planes_vertex>
	vViewPosition = - mvPosition.xyz;
	#include <worldpos_vertex>
	#include <envmap_vertex>
	#include <shadowmap_vertex>
	#include <fog_vertex>
}`,_A=`#define PHONG
uniform vec3 diffuse;
uniform vec3 emissive;
uniform vec3 specular;
uniform float shininess;
uniform float opacity;
#include <common>
#include <dithering_pars_fragment>
#include <color_pars_fragment>
#include <uv_pars_fragment>
#include <map_pars_fragment>
#include <alphamap_pars_fragment>
#include <alphatest_pars_fragment>
#include <alphahash_pars_fragment>
#include <aomap_pars_fragment>
#include <lightmap_pars_fragment>
#include <emissivemap_pars_fragment>
#include <envmap_common_pars_fragment>
#include <envmap_pars_fragment>
#include <envmap_physical_pars_fragment>
#include <fog_pars_fragment>
#include <bsdfs>
#include <lights_pars_begin>
#include <normal_pars_fragment>
#include <lights_phong_pars_fragment>
#include <shadowmap_pars_fragment>
#include <bumpmap_pars_fragment>
#include <normalmap_pars_fragment>
#include <specularmap_pars_fragment>
#include <logdepthbuf_pars_fragment>
#include <clipping_planes_pars_fragment>
void main() {
	vec4 diffuseColor = vec4( diffuse, opacity );
	#include <clipping_planes_fragment>
	ReflectedLight reflectedLight = ReflectedLight( vec3( 0.0 ), vec3( 0.0 ), vec3( 0.0 ), vec3( 0.0 ) );
	vec3 totalEmissiveRadiance = emissive;
	#include <logdepthbuf_fragment>
	#include <map_fragment>
	#include <color_fragment>
	#include <alphamap_fragment>
	#include <alphatest_fragment>
	#include <alphahash_fragment>
	#include <specularmap_fragment>
	#include <normal_fragment_begin>
	#include <normal_fragment_maps>
	#include <emissivemap_fragment>
	#include <lights_phong_fragment>
	#include <lights_fragment_begin>
	#include <lights_fragment_maps>
	#include <lights_fragment_end>
	#include <aomap_fragment>
	vec3 outgoingLight = reflectedLight.directDiffuse + reflectedLight.indirectDiffuse + reflectedLight.directSpecular + reflectedLight.indirectSpecular + totalEmissiveRadiance;
	#include <envmap_fragment>
	#include <opaque_fragment>
	#include <tonemapping_fragment>
	#include <colorspace_fragment>
	#include <fog_fragment>
	#include <premultiplied_alpha_fragment>
	#include <dithering_fragment>
}`,yA=`#define STANDARD
varying vec3 vViewPosition;
#ifdef USE_TRANSMISSION
	varying vec3 vWorldPosition;
#endif
#include <common>
#include <batching_pars_vertex>
#include <uv_pars_vertex>
#include <displacementmap_pars_vertex>
#include <color_pars_vertex>
#include <fog_pars_vertex>
#include <normal_pars_vertex>
#include <morphtarget_pars_vertex>
#include <skinning_pars_vertex>
#include <shadowmap_pars_vertex>
#include <logdepthbuf_pars_vertex>
#include <clipping_planes_pars_vertex>
void main() {
	#include <uv_vertex>
	#include <color_vertex>
	#include <morphinstance_vertex>
	#include <morphcolor_vertex>
	#include <batching_vertex>
	#include <beginnormal_vertex>
	#include <morphnormal_vertex>
	#include <skinbase_vertex>
	#include <skinnormal_vertex>
	#include <defaultnormal_vertex>
	#include <normal_vertex>
	#include <begin_vertex>
	#include <morphtarget_vertex>
	#include <skinning_vertex>
	#include <displacementmap_vertex>
	#include <project_vertex>
	#include <logdepthbuf_vertex>
	#include <clipping_planes_vertex>
	vViewPosition = - mvPosition.xyz;
	#include <worldpos_vertex>
	#include <shadowmap_vertex>
	#include <fog_vertex>
#ifdef USE_TRANSMISSION
	vWorldPosition = worldPosition.xyz;
#endif
}`,bA=`#define STANDARD
#ifdef PHYSICAL
	#define IOR
	#define USE_SPECULAR
#endif
uniform vec3 diffuse;
uniform vec3 emissive;
uniform float roughness;
uniform float metalness;
uniform float opacity;
#ifdef IOR
	uniform float ior;
#endif
#ifdef USE_SPECULAR
	uniform float specularIntensity;
	uniform vec3 specularColor;
	#ifdef USE_SPECULAR_COLORMAP
		uniform sampler2D specularColorMap;
	#endif
	#ifdef USE_SPECULAR_INTENSITYMAP
		uniform sampler2D specularIntensityMap;
	#endif
#endif
#ifdef USE_CLEARCOAT
	uniform float clearcoat;
	uniform float clearcoatRoughness;
#endif
#ifdef USE_DIFFUSE_ROUGHNESS
	uniform float diffuseRoughness;
	#ifdef USE_DIFFUSE_ROUGHNESSMAP
		uniform sampler2D diffuseRoughnessMap;
	#endif
#endif
#ifdef USE_DISPERSION
	uniform float dispersion;
#endif
#ifdef USE_RETROREFLECTION
	uniform float retroreflectivity;
#endif
#ifdef USE_IRIDESCENCE
	uniform float iridescence;
	uniform float iridescenceIOR;
	uniform float iridescenceThicknessMinimum;
	uniform float iridescenceThicknessMaximum;
#endif
#ifdef USE_SHEEN
	uniform vec3 sheenColor;
	uniform float sheenRoughness;
	#ifdef USE_SHEEN_COLORMAP
		uniform sampler2D sheenColorMap;
	#endif
	#ifdef USE_SHEEN_ROUGHNESSMAP
		uniform sampler2D sheenRoughnessMap;
	#endif
#endif
#ifdef USE_ANISOTROPY
	uniform vec2 anisotropyVector;
	#ifdef USE_ANISOTROPYMAP
		uniform sampler2D anisotropyMap;
	#endif
#endif
varying vec3 vViewPosition;
#include <common>
#include <dithering_pars_fragment>
#include <color_pars_fragment>
#include <uv_pars_fragment>
#include <map_pars_fragment>
#include <alphamap_pars_fragment>
#include <alphatest_pars_fragment>
#include <alphahash_pars_fragment>
#include <aomap_pars_fragment>
#include <lightmap_pars_fragment>
#include <emissivemap_pars_fragment>
#include <iridescence_fragment>
#include <envmap_common_pars_fragment>
#include <envmap_physical_pars_fragment>
#include <fog_pars_fragment>
#include <lights_pars_begin>
#include <normal_pars_fragment>
#include <lights_physical_pars_fragment>
#include <transmission_pars_fragment>
#include <shadowmap_pars_fragment>
#include <bumpmap_pars_fragment>
#include <normalmap_pars_fragment>
#include <clearcoat_pars_fragment>
#include <iridescence_pars_fragment>
#include <roughnessmap_pars_fragment>
#include <metalnessmap_pars_fragment>
#include <logdepthbuf_pars_fragment>
#include <clipping_planes_pars_fragment>
void main() {
	vec4 diffuseColor = vec4( diffuse, opacity );
	#include <clipping_planes_fragment>
	ReflectedLight reflectedLight = ReflectedLight( vec3( 0.0 ), vec3( 0.0 ), vec3( 0.0 ), vec3( 0.0 ) );
	vec3 totalEmissiveRadiance = emissive;
	#include <logdepthbuf_fragment>
	#include <map_fragment>
	#include <color_fragment>
	#include <alphamap_fragment>
	#include <alphatest_fragment>
	#include <alphahash_fragment>
	#include <roughnessmap_fragment>
	#include <metalnessmap_fragment>
	#include <normal_fragment_begin>
	#include <normal_fragment_maps>
	#include <clearcoat_normal_fragment_begin>
	#include <clearcoat_normal_fragment_maps>
	#include <emissivemap_fragment>
	#include <lights_physical_fragment>
	#include <lights_fragment_begin>
	#include <lights_fragment_maps>
	#include <lights_fragment_end>
	#include <aomap_fragment>
	vec3 totalDiffuse = reflectedLight.directDiffuse + reflectedLight.indirectDiffuse;
	vec3 totalSpecular = reflectedLight.directSpecular + reflectedLight.indirectSpecular;
	#include <transmission_fragment>
	vec3 outgoingLight = totalDiffuse + totalSpecular + totalEmissiveRadiance;
	#ifdef USE_SHEEN
 
		outgoingLight = outgoingLight + sheenSpecularDirect + sheenSpecularIndirect;
 
 	#endif
	#ifdef USE_CLEARCOAT
		float dotNVcc = saturate( dot( geometryClearcoatNormal, geometryViewDir ) );
		vec3 Fcc = F_Schlick( material.clearcoatF0, material.clearcoatF90, dotNVcc );
		outgoingLight = outgoingLight * ( 1.0 - material.clearcoat * Fcc ) + ( clearcoatSpecularDirect + clearcoatSpecularIndirect ) * material.clearcoat;
	#endif
	#include <opaque_fragment>
	#include <tonemapping_fragment>
	#include <colorspace_fragment>
	#include <fog_fragment>
	#include <premultiplied_alpha_fragment>
	#include <dithering_fragment>
}`,vA=`#define TOON
varying vec3 vViewPosition;
#include <common>
#include <batching_pars_vertex>
#include <uv_pars_vertex>
#include <displacementmap_pars_vertex>
#include <color_pars_vertex>
#include <fog_pars_vertex>
#include <normal_pars_vertex>
#include <morphtarget_pars_vertex>
#include <skinning_pars_vertex>
#include <shadowmap_pars_vertex>
#include <logdepthbuf_pars_vertex>
#include <clipping_planes_pars_vertex>
void main() {
	#include <uv_vertex>
	#include <color_vertex>
	#include <morphinstance_vertex>
	#include <morphcolor_vertex>
	#include <batching_vertex>
	#include <beginnormal_vertex>
	#include <morphnormal_vertex>
	#include <skinbase_vertex>
	#include <skinnormal_vertex>
	#include <defaultnormal_vertex>
	#include <normal_vertex>
	#include <begin_vertex>
	#include <morphtarget_vertex>
	#include <skinning_vertex>
	#include <displacementmap_vertex>
	#include <project_vertex>
	#include <logdepthbuf_vertex>
	#include <clipping_planes_vertex>
	vViewPosition = - mvPosition.xyz;
	#include <worldpos_vertex>
	#include <shadowmap_vertex>
	#include <fog_vertex>
}`,MA=`#define TOON
uniform vec3 diffuse;
uniform vec3 emissive;
uniform float opacity;
#include <common>
#include <dithering_pars_fragment>
#include <color_pars_fragment>
#include <uv_pars_fragment>
#include <map_pars_fragment>
#include <alphamap_pars_fragment>
#include <alphatest_pars_fragment>
#include <alphahash_pars_fragment>
#include <aomap_pars_fragment>
#include <lightmap_pars_fragment>
#include <emissivemap_pars_fragment>
#include <gradientmap_pars_fragment>
#include <fog_pars_fragment>
#include <bsdfs>
#include <lights_pars_begin>
#include <normal_pars_fragment>
#include <lights_toon_pars_fragment>
#include <shadowmap_pars_fragment>
#include <bumpmap_pars_fragment>
#include <normalmap_pars_fragment>
#include <logdepthbuf_pars_fragment>
#include <clipping_planes_pars_fragment>
void main() {
	vec4 diffuseColor = vec4( diffuse, opacity );
	#include <clipping_planes_fragment>
	ReflectedLight reflectedLight = ReflectedLight( vec3( 0.0 ), vec3( 0.0 ), vec3( 0.0 ), vec3( 0.0 ) );
	vec3 totalEmissiveRadiance = emissive;
	#include <logdepthbuf_fragment>
	#include <map_fragment>
	#include <color_fragment>
	#include <alphamap_fragment>
	#include <alphatest_fragment>
	#include <alphahash_fragment>
	#include <normal_fragment_begin>
	#include <normal_fragment_maps>
	#include <emissivemap_fragment>
	#include <lights_toon_fragment>
	#include <lights_fragment_begin>
	#include <lights_fragment_maps>
	#include <lights_fragment_end>
	#include <aomap_fragment>
	vec3 outgoingLight = reflectedLight.directDiffuse + reflectedLight.indirectDiffuse + totalEmissiveRadiance;
	#include <opaque_fragment>
	#include <tonemapping_fragment>
	#include <colorspace_fragment>
	#include <fog_fragment>
	#include <premultiplied_alpha_fragment>
	#include <dithering_fragment>
}`,SA=`uniform float size;
uniform float scale;
#include <common>
#include <color_pars_vertex>
#include <fog_pars_vertex>
#include <morphtarget_pars_vertex>
#include <logdepthbuf_pars_vertex>
#include <clipping_planes_pars_vertex>
#ifdef USE_POINTS_UV
	varying vec2 vUv;
	uniform mat3 uvTransform;
#endif
void main() {
	#ifdef USE_POINTS_UV
		vUv = ( uvTransform * vec3( uv, 1 ) ).xy;
	#endif
	#include <color_vertex>
	#include <morphinstance_vertex>
	#include <morphcolor_vertex>
	#include <begin_vertex>
	#include <morphtarget_vertex>
	#include <project_vertex>
	gl_PointSize = size;
	#ifdef USE_SIZEATTENUATION
		bool isPerspective = isPerspectiveMatrix( projectionMatrix );
		if ( isPerspective ) gl_PointSize *= ( scale / - mvPosition.z );
	#endif
	#include <logdepthbuf_vertex>
	#include <clipping_planes_vertex>
	#include <worldpos_vertex>
	#include <fog_vertex>
}`,wA=`uniform vec3 diffuse;
uniform float opacity;
#include <common>
#include <color_pars_fragment>
#include <map_particle_pars_fragment>
#include <alphatest_pars_fragment>
#include <alphahash_pars_fragment>
#include <fog_pars_fragment>
#include <logdepthbuf_pars_fragment>
#include <clipping_planes_pars_fragment>
void main() {
	vec4 diffuseColor = vec4( diffuse, opacity );
	#include <clipping_planes_fragment>
	vec3 outgoingLight = vec3( 0.0 );
	#include <logdepthbuf_fragment>
	#include <map_particle_fragment>
	#include <color_fragment>
	#include <alphatest_fragment>
	#include <alphahash_fragment>
	outgoingLight = diffuseColor.rgb;
	#include <opaque_fragment>
	#include <tonemapping_fragment>
	#include <colorspace_fragment>
	#include <fog_fragment>
	#include <premultiplied_alpha_fragment>
}`,AA=`#include <common>
#include <batching_pars_vertex>
#include <fog_pars_vertex>
#include <morphtarget_pars_vertex>
#include <skinning_pars_vertex>
#include <logdepthbuf_pars_vertex>
#include <shadowmap_pars_vertex>
void main() {
	#include <batching_vertex>
	#include <beginnormal_vertex>
	#include <morphinstance_vertex>
	#include <morphnormal_vertex>
	#include <skinbase_vertex>
	#include <skinnormal_vertex>
	#include <defaultnormal_vertex>
	#include <begin_vertex>
	#include <morphtarget_vertex>
	#include <skinning_vertex>
	#include <project_vertex>
	#include <logdepthbuf_vertex>
	#include <worldpos_vertex>
	#include <shadowmap_vertex>
	#include <fog_vertex>
}`,EA=`uniform vec3 color;
uniform float opacity;
#include <common>
#include <fog_pars_fragment>
#include <bsdfs>
#include <lights_pars_begin>
#include <logdepthbuf_pars_fragment>
#include <shadowmap_pars_fragment>
#include <shadowmask_pars_fragment>
void main() {
	#include <logdepthbuf_fragment>
	gl_FragColor = vec4( color, opacity * ( 1.0 - getShadowMask() ) );
	#include <tonemapping_fragment>
	#include <colorspace_fragment>
	#include <fog_fragment>
	#include <premultiplied_alpha_fragment>
}`,TA=`uniform float rotation;
uniform vec2 center;
#include <common>
#include <uv_pars_vertex>
#include <fog_pars_vertex>
#include <logdepthbuf_pars_vertex>
#include <clipping_planes_pars_vertex>
void main() {
	#include <uv_vertex>
	vec4 mvPosition = modelViewMatrix[ 3 ];
	vec2 scale = vec2( length( modelMatrix[ 0 ].xyz ), length( modelMatrix[ 1 ].xyz ) );
	#ifndef USE_SIZEATTENUATION
		bool isPerspective = isPerspectiveMatrix( projectionMatrix );
		if ( isPerspective ) scale *= - mvPosition.z;
	#endif
	vec2 alignedPosition = ( position.xy - ( center - vec2( 0.5 ) ) ) * scale;
	vec2 rotatedPosition;
	rotatedPosition.x = cos( rotation ) * alignedPosition.x - sin( rotation ) * alignedPosition.y;
	rotatedPosition.y = sin( rotation ) * alignedPosition.x + cos( rotation ) * alignedPosition.y;
	mvPosition.xy += rotatedPosition;
	gl_Position = projectionMatrix * mvPosition;
	#include <logdepthbuf_vertex>
	#include <clipping_planes_vertex>
	#include <fog_vertex>
}`,RA=`uniform vec3 diffuse;
uniform float opacity;
#include <common>
#include <uv_pars_fragment>
#include <map_pars_fragment>
#include <alphamap_pars_fragment>
#include <alphatest_pars_fragment>
#include <alphahash_pars_fragment>
#include <fog_pars_fragment>
#include <logdepthbuf_pars_fragment>
#include <clipping_planes_pars_fragment>
void main() {
	vec4 diffuseColor = vec4( diffuse, opacity );
	#include <clipping_planes_fragment>
	vec3 outgoingLight = vec3( 0.0 );
	#include <logdepthbuf_fragment>
	#include <map_fragment>
	#include <alphamap_fragment>
	#include <alphatest_fragment>
	#include <alphahash_fragment>
	outgoingLight = diffuseColor.rgb;
	#include <opaque_fragment>
	#include <tonemapping_fragment>
	#include <colorspace_fragment>
	#include <fog_fragment>
}`,fe={alphahash_fragment:JM,alphahash_pars_fragment:KM,alphamap_fragment:jM,alphamap_pars_fragment:QM,alphatest_fragment:tS,alphatest_pars_fragment:eS,aomap_fragment:nS,aomap_pars_fragment:iS,batching_pars_vertex:sS,batching_vertex:rS,begin_vertex:oS,beginnormal_vertex:aS,bsdfs:lS,iridescence_fragment:cS,bumpmap_pars_fragment:hS,clipping_planes_fragment:uS,clipping_planes_pars_fragment:fS,clipping_planes_pars_vertex:dS,clipping_planes_vertex:pS,color_fragment:mS,color_pars_fragment:gS,color_pars_vertex:xS,color_vertex:_S,common:yS,defaultnormal_vertex:bS,displacementmap_pars_vertex:vS,displacementmap_vertex:MS,emissivemap_fragment:SS,emissivemap_pars_fragment:wS,colorspace_fragment:AS,colorspace_pars_fragment:ES,envmap_fragment:TS,envmap_common_pars_fragment:RS,envmap_pars_fragment:CS,envmap_pars_vertex:PS,envmap_physical_pars_fragment:VS,envmap_vertex:IS,fog_vertex:LS,fog_pars_vertex:NS,fog_fragment:DS,fog_pars_fragment:US,gradientmap_pars_fragment:FS,lightmap_pars_fragment:OS,lights_lambert_fragment:BS,lights_lambert_pars_fragment:kS,lights_pars_begin:zS,lights_toon_fragment:GS,lights_toon_pars_fragment:HS,lights_phong_fragment:WS,lights_phong_pars_fragment:XS,lights_physical_fragment:qS,lights_physical_pars_fragment:$S,lights_fragment_begin:YS,lights_fragment_maps:ZS,lights_fragment_end:JS,lightprobes_pars_fragment:KS,logdepthbuf_fragment:jS,logdepthbuf_pars_fragment:QS,logdepthbuf_pars_vertex:tw,logdepthbuf_vertex:ew,map_fragment:nw,map_pars_fragment:iw,map_particle_fragment:sw,map_particle_pars_fragment:rw,metalnessmap_fragment:ow,metalnessmap_pars_fragment:aw,morphinstance_vertex:lw,morphcolor_vertex:cw,morphnormal_vertex:hw,morphtarget_pars_vertex:uw,morphtarget_vertex:fw,normal_fragment_begin:dw,normal_fragment_maps:pw,normal_pars_fragment:mw,normal_pars_vertex:gw,normal_vertex:xw,normalmap_pars_fragment:_w,clearcoat_normal_fragment_begin:yw,clearcoat_normal_fragment_maps:bw,clearcoat_pars_fragment:vw,iridescence_pars_fragment:Mw,opaque_fragment:Sw,packing:ww,premultiplied_alpha_fragment:Aw,project_vertex:Ew,dithering_fragment:Tw,dithering_pars_fragment:Rw,roughnessmap_fragment:Cw,roughnessmap_pars_fragment:Pw,shadowmap_pars_fragment:Iw,shadowmap_pars_vertex:Lw,shadowmap_vertex:Nw,shadowmask_pars_fragment:Dw,skinbase_vertex:Uw,skinning_pars_vertex:Fw,skinning_vertex:Ow,skinnormal_vertex:Bw,specularmap_fragment:kw,specularmap_pars_fragment:zw,tonemapping_fragment:Vw,tonemapping_pars_fragment:Gw,transmission_fragment:Hw,transmission_pars_fragment:Ww,uv_pars_fragment:Xw,uv_pars_vertex:qw,uv_vertex:$w,worldpos_vertex:Yw,background_vert:Zw,background_frag:Jw,backgroundCube_vert:Kw,backgroundCube_frag:jw,cube_vert:Qw,cube_frag:tA,depth_vert:eA,depth_frag:nA,distance_vert:iA,distance_frag:sA,equirect_vert:rA,equirect_frag:oA,linedashed_vert:aA,linedashed_frag:lA,meshbasic_vert:cA,meshbasic_frag:hA,meshlambert_vert:uA,meshlambert_frag:fA,meshmatcap_vert:dA,meshmatcap_frag:pA,meshnormal_vert:mA,meshnormal_frag:gA,meshphong_vert:xA,meshphong_frag:_A,meshphysical_vert:yA,meshphysical_frag:bA,meshtoon_vert:vA,meshtoon_frag:MA,points_vert:SA,points_frag:wA,shadow_vert:AA,shadow_frag:EA,sprite_vert:TA,sprite_frag:RA},Pt={common:{diffuse:{value:new ae(16777215)},opacity:{value:1},map:{value:null},mapTransform:{value:new ee},alphaMap:{value:null},alphaMapTransform:{value:new ee},alphaTest:{value:0}},specularmap:{specularMap:{value:null},specularMapTransform:{value:new ee}},envmap:{envMap:{value:null},envMapRotation:{value:new ee},reflectivity:{value:1},ior:{value:1.5},refractionRatio:{value:.98},dfgLUT:{value:null}},aomap:{aoMap:{value:null},aoMapIntensity:{value:1},aoMapTransform:{value:new ee}},lightmap:{lightMap:{value:null},lightMapIntensity:{value:1},lightMapTransform:{value:new ee}},bumpmap:{bumpMap:{value:null},bumpMapTransform:{value:new ee},bumpScale:{value:1}},normalmap:{normalMap:{value:null},normalMapTransform:{value:new ee},normalScale:{value:new Yt(1,1)}},displacementmap:{displacementMap:{value:null},displacementMapTransform:{value:new ee},displacementScale:{value:1},displacementBias:{value:0}},emissivemap:{emissiveMap:{value:null},emissiveMapTransform:{value:new ee}},metalnessmap:{metalnessMap:{value:null},metalnessMapTransform:{value:new ee}},roughnessmap:{roughnessMap:{value:null},roughnessMapTransform:{value:new ee}},gradientmap:{gradientMap:{value:null}},fog:{fogDensity:{value:25e-5},fogNear:{value:1},fogFar:{value:2e3},fogColor:{value:new ae(16777215)}},lights:{ambientLightColor:{value:[]},lightProbe:{value:[]},sunLights:{value:[],properties:{direction:{},color:{}}},sunLightShadows:{value:[],properties:{shadowIntensity:1,shadowBias:{},shadowNormalBias:{},shadowRadius:{},shadowMapSize:{}}},sunShadowMatrix:{value:[]},sunShadowCascade:{value:[]},directionalLights:{value:[],properties:{direction:{},color:{}}},directionalLightShadows:{value:[],properties:{shadowIntensity:1,shadowBias:{},shadowNormalBias:{},shadowRadius:{},shadowMapSize:{}}},directionalShadowMatrix:{value:[]},spotLights:{value:[],properties:{color:{},position:{},direction:{},distance:{},coneCos:{},penumbraCos:{},decay:{}}},spotLightShadows:{value:[],properties:{shadowIntensity:1,shadowBias:{},shadowNormalBias:{},shadowRadius:{},shadowMapSize:{}}},spotLightMap:{value:[]},spotLightMatrix:{value:[]},pointLights:{value:[],properties:{color:{},position:{},decay:{},distance:{}}},pointLightShadows:{value:[],properties:{shadowIntensity:1,shadowBias:{},shadowNormalBias:{},shadowRadius:{},shadowMapSize:{},shadowCameraNear:{},shadowCameraFar:{}}},pointShadowMatrix:{value:[]},hemisphereLights:{value:[],properties:{direction:{},skyColor:{},groundColor:{}}},rectAreaLights:{value:[],properties:{color:{},position:{},width:{},height:{}}},ltc_1:{value:null},ltc_2:{value:null},probesSH:{value:[]},probesMin:{value:[]},probesMax:{value:[]},probesResolution:{value:[]}},points:{diffuse:{value:new ae(16777215)},opacity:{value:1},size:{value:1},scale:{value:1},map:{value:null},alphaMap:{value:null},alphaMapTransform:{value:new ee},alphaTest:{value:0},uvTransform:{value:new ee}},sprite:{diffuse:{value:new ae(16777215)},opacity:{value:1},center:{value:new Yt(.5,.5)},rotation:{value:0},map:{value:null},mapTransform:{value:new ee},alphaMap:{value:null},alphaMapTransform:{value:new ee},alphaTest:{value:0}}},ei={basic:{uniforms:Vn([Pt.common,Pt.specularmap,Pt.envmap,Pt.aomap,Pt.lightmap,Pt.fog]),vertexShader:fe.meshbasic_vert,fragmentShader:fe.meshbasic_frag},lambert:{uniforms:Vn([Pt.common,Pt.specularmap,Pt.envmap,Pt.aomap,Pt.lightmap,Pt.emissivemap,Pt.bumpmap,Pt.normalmap,Pt.displacementmap,Pt.fog,Pt.lights,{emissive:{value:new ae(0)},envMapIntensity:{value:1}}]),vertexShader:fe.meshlambert_vert,fragmentShader:fe.meshlambert_frag},phong:{uniforms:Vn([Pt.common,Pt.specularmap,Pt.envmap,Pt.aomap,Pt.lightmap,Pt.emissivemap,Pt.bumpmap,Pt.normalmap,Pt.displacementmap,Pt.fog,Pt.lights,{emissive:{value:new ae(0)},specular:{value:new ae(1118481)},shininess:{value:30},envMapIntensity:{value:1}}]),vertexShader:fe.meshphong_vert,fragmentShader:fe.meshphong_frag},standard:{uniforms:Vn([Pt.common,Pt.envmap,Pt.aomap,Pt.lightmap,Pt.emissivemap,Pt.bumpmap,Pt.normalmap,Pt.displacementmap,Pt.roughnessmap,Pt.metalnessmap,Pt.fog,Pt.lights,{emissive:{value:new ae(0)},roughness:{value:1},metalness:{value:0},envMapIntensity:{value:1}}]),vertexShader:fe.meshphysical_vert,fragmentShader:fe.meshphysical_frag},toon:{uniforms:Vn([Pt.common,Pt.aomap,Pt.lightmap,Pt.emissivemap,Pt.bumpmap,Pt.normalmap,Pt.displacementmap,Pt.gradientmap,Pt.fog,Pt.lights,{emissive:{value:new ae(0)}}]),vertexShader:fe.meshtoon_vert,fragmentShader:fe.meshtoon_frag},matcap:{uniforms:Vn([Pt.common,Pt.bumpmap,Pt.normalmap,Pt.displacementmap,Pt.fog,{matcap:{value:null}}]),vertexShader:fe.meshmatcap_vert,fragmentShader:fe.meshmatcap_frag},points:{uniforms:Vn([Pt.points,Pt.fog]),vertexShader:fe.points_vert,fragmentShader:fe.points_frag},dashed:{uniforms:Vn([Pt.common,Pt.fog,{scale:{value:1},dashSize:{value:1},totalSize:{value:2}}]),vertexShader:fe.linedashed_vert,fragmentShader:fe.linedashed_frag},depth:{uniforms:Vn([Pt.common,Pt.displacementmap]),vertexShader:fe.depth_vert,fragmentShader:fe.depth_frag},normal:{uniforms:Vn([Pt.common,Pt.bumpmap,Pt.normalmap,Pt.displacementmap,{opacity:{value:1}}]),vertexShader:fe.meshnormal_vert,fragmentShader:fe.meshnormal_frag},sprite:{uniforms:Vn([Pt.sprite,Pt.fog]),vertexShader:fe.sprite_vert,fragmentShader:fe.sprite_frag},background:{uniforms:{uvTransform:{value:new ee},t2D:{value:null},backgroundIntensity:{value:1}},vertexShader:fe.background_vert,fragmentShader:fe.background_frag},backgroundCube:{uniforms:{envMap:{value:null},backgroundBlurriness:{value:0},backgroundIntensity:{value:1},backgroundRotation:{value:new ee}},vertexShader:fe.backgroundCube_vert,fragmentShader:fe.backgroundCube_frag},cube:{uniforms:{tCube:{value:null},tFlip:{value:-1},opacity:{value:1}},vertexShader:fe.cube_vert,fragmentShader:fe.cube_frag},equirect:{uniforms:{tEquirect:{value:null}},vertexShader:fe.equirect_vert,fragmentShader:fe.equirect_frag},distance:{uniforms:Vn([Pt.common,Pt.displacementmap,{referencePosition:{value:new W},nearDistance:{value:1},farDistance:{value:1e3}}]),vertexShader:fe.distance_vert,fragmentShader:fe.distance_frag},shadow:{uniforms:Vn([Pt.lights,Pt.fog,{color:{value:new ae(0)},opacity:{value:1}}]),vertexShader:fe.shadow_vert,fragmentShader:fe.shadow_frag}};ei.physical={uniforms:Vn([ei.standard.uniforms,{clearcoat:{value:0},clearcoatMap:{value:null},clearcoatMapTransform:{value:new ee},clearcoatNormalMap:{value:null},clearcoatNormalMapTransform:{value:new ee},clearcoatNormalScale:{value:new Yt(1,1)},clearcoatRoughness:{value:0},clearcoatRoughnessMap:{value:null},clearcoatRoughnessMapTransform:{value:new ee},diffuseRoughness:{value:0},diffuseRoughnessMap:{value:null},diffuseRoughnessMapTransform:{value:new ee},dispersion:{value:0},retroreflectivity:{value:0},iridescence:{value:0},iridescenceMap:{value:null},iridescenceMapTransform:{value:new ee},iridescenceIOR:{value:1.3},iridescenceThicknessMinimum:{value:100},iridescenceThicknessMaximum:{value:400},iridescenceThicknessMap:{value:null},iridescenceThicknessMapTransform:{value:new ee},sheen:{value:0},sheenColor:{value:new ae(0)},sheenColorMap:{value:null},sheenColorMapTransform:{value:new ee},sheenRoughness:{value:1},sheenRoughnessMap:{value:null},sheenRoughnessMapTransform:{value:new ee},transmission:{value:0},transmissionMap:{value:null},transmissionMapTransform:{value:new ee},transmissionSamplerSize:{value:new Yt},transmissionSamplerMap:{value:null},thickness:{value:0},thicknessMap:{value:null},thicknessMapTransform:{value:new ee},attenuationDistance:{value:0},attenuationColor:{value:new ae(0)},specularColor:{value:new ae(1,1,1)},specularColorMap:{value:null},specularColorMapTransform:{value:new ee},specularIntensity:{value:1},specularIntensityMap:{value:null},specularIntensityMapTransform:{value:new ee},anisotropyVector:{value:new Yt},anisotropyMap:{value:null},anisotropyMapTransform:{value:new ee}}]),vertexShader:fe.meshphysical_vert,fragmentShader:fe.meshphysical_frag};var Tu={r:0,b:0,g:0},CA=new ve,g_=new ee;g_.set(-1,0,0,0,1,0,0,0,1);function PA(n,t,e,i,s,r){let o=new ae(0),a=s===!0?0:1,c,l,h=null,u=0,f=null;function d(b){let T=b.isScene===!0?b.background:null;if(T&&T.isTexture){let v=b.backgroundBlurriness>0;T=t.get(T,v)}return T}function p(b){let T=!1,v=d(b);v===null?m(o,a):v&&v.isColor&&(m(v,1),T=!0);let R=n.xr.getEnvironmentBlendMode();R==="additive"?e.buffers.color.setClear(0,0,0,1,r):R==="alpha-blend"&&e.buffers.color.setClear(0,0,0,0,r),(n.autoClear||T)&&(e.buffers.depth.setTest(!0),e.buffers.depth.setMask(!0),e.buffers.color.setMask(!0),n.clear(n.autoClearColor,n.autoClearDepth,n.autoClearStencil))}function x(b,T){let v=d(T);v&&v.isCubeTexture?(l===void 0&&(l=new Pn(new ea(1,1,1),new Di({name:"BackgroundCubeMaterial",uniforms:Kr(ei.backgroundCube.uniforms),vertexShader:ei.backgroundCube.vertexShader,fragmentShader:ei.backgroundCube.fragmentShader,side:ti,depthTest:!1,depthWrite:!1,fog:!1,allowOverride:!1})),l.geometry.deleteAttribute("normal"),l.geometry.deleteAttribute("uv"),l.onBeforeRender=function(R,E,_){this.matrixWorld.copyPosition(_.matrixWorld)},Object.defineProperty(l.material,"envMap",{get:function(){return this.uniforms.envMap.value}}),i.update(l)),l.material.uniforms.envMap.value=v,l.material.uniforms.backgroundBlurriness.value=T.backgroundBlurriness,l.material.uniforms.backgroundIntensity.value=T.backgroundIntensity,l.material.uniforms.backgroundRotation.value.setFromMatrix4(CA.makeRotationFromEuler(T.backgroundRotation)).transpose(),v.isRenderTargetTexture===!1&&l.material.uniforms.backgroundRotation.value.premultiply(g_),l.material.toneMapped=_e.getTransfer(v.colorSpace)!==Re,(h!==v||u!==v.version||f!==n.toneMapping)&&(l.material.needsUpdate=!0,h=v,u=v.version,f=n.toneMapping),l.layers.enableAll(),b.unshift(l,l.geometry,l.material,0,0,null)):v&&v.isTexture&&(c===void 0&&(c=new Pn(new dl(2,2),new Di({name:"BackgroundMaterial",uniforms:Kr(ei.background.uniforms),vertexShader:ei.background.vertexShader,fragmentShader:ei.background.fragmentShader,side:Ar,depthTest:!1,depthWrite:!1,fog:!1,allowOverride:!1})),c.geometry.deleteAttribute("normal"),Object.defineProperty(c.material,"map",{get:function(){return this.uniforms.t2D.value}}),i.update(c)),c.material.uniforms.t2D.value=v,c.material.uniforms.backgroundIntensity.value=T.backgroundIntensity,c.material.toneMapped=_e.getTransfer(v.colorSpace)!==Re,v.matrixAutoUpdate===!0&&v.updateMatrix(),c.material.uniforms.uvTransform.value.copy(v.matrix),(h!==v||u!==v.version||f!==n.toneMapping)&&(c.material.needsUpdate=!0,h=v,u=v.version,f=n.toneMapping),c.layers.enableAll(),b.unshift(c,c.geometry,c.material,0,0,null))}function m(b,T){b.getRGB(Tu,hp(n)),e.buffers.color.setClear(Tu.r,Tu.g,Tu.b,T,r)}function g(){l!==void 0&&(l.geometry.dispose(),l.material.dispose(),l=void 0),c!==void 0&&(c.geometry.dispose(),c.material.dispose(),c=void 0)}return{getClearColor:function(){return o},setClearColor:function(b,T=1){o.set(b),a=T,m(o,a)},getClearAlpha:function(){return a},setClearAlpha:function(b){a=b,m(o,a)},render:p,addToRenderList:x,dispose:g}}function IA(n,t){let e=n.getParameter(n.MAX_VERTEX_ATTRIBS),i={},s=f(null),r=s,o=!1;function a(L,B,V,N,H){let Y=!1,z=u(L,N,V,B);r!==z&&(r=z,l(r.object)),Y=d(L,N,V,H),Y&&p(L,N,V,H),H!==null&&t.update(H,n.ELEMENT_ARRAY_BUFFER),(Y||o)&&(o=!1,v(L,B,V,N),H!==null&&n.bindBuffer(n.ELEMENT_ARRAY_BUFFER,t.get(H).buffer))}function c(){return n.createVertexArray()}function l(L){return n.bindVertexArray(L)}function h(L){return n.deleteVertexArray(L)}function u(L,B,V,N){let H=N.wireframe===!0,Y=i[B.id];Y===void 0&&(Y={},i[B.id]=Y);let z=L.isInstancedMesh===!0?L.id:0,at=Y[z];at===void 0&&(at={},Y[z]=at);let Z=at[V.id];Z===void 0&&(Z={},at[V.id]=Z);let j=Z[H];return j===void 0&&(j=f(c()),Z[H]=j),j}function f(L){let B=[],V=[],N=[];for(let H=0;H<e;H++)B[H]=0,V[H]=0,N[H]=0;return{geometry:null,program:null,wireframe:!1,newAttributes:B,enabledAttributes:V,attributeDivisors:N,object:L,attributes:{},index:null}}function d(L,B,V,N){let H=r.attributes,Y=B.attributes,z=0,at=V.getAttributes();for(let Z in at)if(at[Z].location>=0){let st=H[Z],ft=Y[Z];if(ft===void 0&&(Z==="instanceMatrix"&&L.instanceMatrix&&(ft=L.instanceMatrix),Z==="instanceColor"&&L.instanceColor&&(ft=L.instanceColor)),st===void 0||st.attribute!==ft||ft&&st.data!==ft.data)return!0;z++}return r.attributesNum!==z||r.index!==N}function p(L,B,V,N){let H={},Y=B.attributes,z=0,at=V.getAttributes();for(let Z in at)if(at[Z].location>=0){let st=Y[Z];st===void 0&&(Z==="instanceMatrix"&&L.instanceMatrix&&(st=L.instanceMatrix),Z==="instanceColor"&&L.instanceColor&&(st=L.instanceColor));let ft={};ft.attribute=st,st&&st.data&&(ft.data=st.data),H[Z]=ft,z++}r.attributes=H,r.attributesNum=z,r.index=N}function x(){let L=r.newAttributes;for(let B=0,V=L.length;B<V;B++)L[B]=0}function m(L){g(L,0)}function g(L,B){let V=r.newAttributes,N=r.enabledAttributes,H=r.attributeDivisors;V[L]=1,N[L]===0&&(n.enableVertexAttribArray(L),N[L]=1),H[L]!==B&&(n.vertexAttribDivisor(L,B),H[L]=B)}function b(){let L=r.newAttributes,B=r.enabledAttributes;for(let V=0,N=B.length;V<N;V++)B[V]!==L[V]&&(n.disableVertexAttribArray(V),B[V]=0)}function T(L,B,V,N,H,Y,z){z===!0?n.vertexAttribIPointer(L,B,V,H,Y):n.vertexAttribPointer(L,B,V,N,H,Y)}function v(L,B,V,N){x();let H=N.attributes,Y=V.getAttributes(),z=B.defaultAttributeValues;for(let at in Y){let Z=Y[at];if(Z.location>=0){let j=H[at];if(j===void 0&&(at==="instanceMatrix"&&L.instanceMatrix&&(j=L.instanceMatrix),at==="instanceColor"&&L.instanceColor&&(j=L.instanceColor)),j!==void 0){let st=j.normalized,ft=j.itemSize,ut=t.get(j);if(ut===void 0)continue;let tt=ut.buffer,mt=ut.type,_t=ut.bytesPerElement,Tt=mt===n.INT||mt===n.UNSIGNED_INT||j.gpuType===Gh;if(j.isInterleavedBufferAttribute){let Mt=j.data,Ht=Mt.isInterleavedBuffer===!0?Mt.stride:Mt.itemSize,se=j.offset;if(Mt.isInstancedInterleavedBuffer||Mt.isInstancedBufferAttribute){for(let Vt=0;Vt<Z.locationSize;Vt++)g(Z.location+Vt,Mt.meshPerAttribute);L.isInstancedMesh!==!0&&N._maxInstanceCount===void 0&&(N._maxInstanceCount=Mt.meshPerAttribute*Mt.count)}else for(let Vt=0;Vt<Z.locationSize;Vt++)m(Z.location+Vt);n.bindBuffer(n.ARRAY_BUFFER,tt);for(let Vt=0;Vt<Z.locationSize;Vt++)T(Z.location+Vt,ft/Z.locationSize,mt,st,Ht*_t,(se+ft/Z.locationSize*Vt)*_t,Tt)}else{if(j.isInstancedBufferAttribute){for(let Mt=0;Mt<Z.locationSize;Mt++)g(Z.location+Mt,j.meshPerAttribute);L.isInstancedMesh!==!0&&N._maxInstanceCount===void 0&&(N._maxInstanceCount=j.meshPerAttribute*j.count)}else for(let Mt=0;Mt<Z.locationSize;Mt++)m(Z.location+Mt);n.bindBuffer(n.ARRAY_BUFFER,tt);for(let Mt=0;Mt<Z.locationSize;Mt++)T(Z.location+Mt,ft/Z.locationSize,mt,st,ft*_t,ft/Z.locationSize*Mt*_t,Tt)}}else if(z!==void 0){let st=z[at];if(st!==void 0)switch(st.length){case 2:n.vertexAttrib2fv(Z.location,st);break;case 3:n.vertexAttrib3fv(Z.location,st);break;case 4:n.vertexAttrib4fv(Z.location,st);break;default:n.vertexAttrib1fv(Z.location,st)}}}}b()}function R(){O();for(let L in i){let B=i[L];for(let V in B){let N=B[V];for(let H in N){let Y=N[H];for(let z in Y)h(Y[z].object),delete Y[z];delete N[H]}}delete i[L]}}function E(L){if(i[L.id]===void 0)return;let B=i[L.id];for(let V in B){let N=B[V];for(let H in N){let Y=N[H];for(let z in Y)h(Y[z].object),delete Y[z];delete N[H]}}delete i[L.id]}function _(L){for(let B in i){let V=i[B];for(let N in V){let H=V[N];if(H[L.id]===void 0)continue;let Y=H[L.id];for(let z in Y)h(Y[z].object),delete Y[z];delete H[L.id]}}}function A(L){for(let B in i){let V=i[B],N=L.isInstancedMesh===!0?L.id:0,H=V[N];if(H!==void 0){for(let Y in H){let z=H[Y];for(let at in z)h(z[at].object),delete z[at];delete H[Y]}delete V[N],Object.keys(V).length===0&&delete i[B]}}}function O(){I(),o=!0,r!==s&&(r=s,l(r.object))}function I(){s.geometry=null,s.program=null,s.wireframe=!1}return{setup:a,reset:O,resetDefaultState:I,dispose:R,releaseStatesOfGeometry:E,releaseStatesOfObject:A,releaseStatesOfProgram:_,initAttributes:x,enableAttribute:m,disableUnusedAttributes:b}}function LA(n,t,e){let i;function s(c){i=c}function r(c,l){n.drawArrays(i,c,l),e.update(l,i,1)}function o(c,l,h){h!==0&&(n.drawArraysInstanced(i,c,l,h),e.update(l,i,h))}function a(c,l,h){if(h===0)return;t.get("WEBGL_multi_draw").multiDrawArraysWEBGL(i,c,0,l,0,h);let f=0;for(let d=0;d<h;d++)f+=l[d];e.update(f,i,1)}this.setMode=s,this.render=r,this.renderInstances=o,this.renderMultiDraw=a}function NA(n,t,e,i){let s;function r(){if(s!==void 0)return s;if(t.has("EXT_texture_filter_anisotropic")===!0){let _=t.get("EXT_texture_filter_anisotropic");s=n.getParameter(_.MAX_TEXTURE_MAX_ANISOTROPY_EXT)}else s=0;return s}function o(_){return!(_!==ts&&i.convert(_)!==n.getParameter(n.IMPLEMENTATION_COLOR_READ_FORMAT))}function a(_){let A=_===Qi&&(t.has("EXT_color_buffer_half_float")||t.has("EXT_color_buffer_float"));return!(_!==ai&&_!==Fi&&!A&&i.convert(_)!==n.getParameter(n.IMPLEMENTATION_COLOR_READ_TYPE))}function c(_){if(_==="highp"){if(n.getShaderPrecisionFormat(n.VERTEX_SHADER,n.HIGH_FLOAT).precision>0&&n.getShaderPrecisionFormat(n.FRAGMENT_SHADER,n.HIGH_FLOAT).precision>0)return"highp";_="mediump"}return _==="mediump"&&n.getShaderPrecisionFormat(n.VERTEX_SHADER,n.MEDIUM_FLOAT).precision>0&&n.getShaderPrecisionFormat(n.FRAGMENT_SHADER,n.MEDIUM_FLOAT).precision>0?"mediump":"lowp"}let l=e.precision!==void 0?e.precision:"highp",h=c(l);h!==l&&(qt("WebGLRenderer:",l,"not supported, using",h,"instead."),l=h);let u=e.reversedDepthBuffer===!0&&t.has("EXT_clip_control"),f=e.logarithmicDepthBuffer===!0&&u===!1;e.reversedDepthBuffer===!0&&u===!1&&qt("WebGLRenderer: Unable to use reversed depth buffer due to missing EXT_clip_control extension. Fallback to default depth buffer."),e.logarithmicDepthBuffer===!0&&u===!0&&qt("WebGLRenderer: Logarithmic depth buffer is ignored when reversed depth buffer is enabled.");let d=n.getParameter(n.MAX_TEXTURE_IMAGE_UNITS),p=n.getParameter(n.MAX_VERTEX_TEXTURE_IMAGE_UNITS),x=n.getParameter(n.MAX_TEXTURE_SIZE),m=n.getParameter(n.MAX_CUBE_MAP_TEXTURE_SIZE),g=n.getParameter(n.MAX_VERTEX_ATTRIBS),b=n.getParameter(n.MAX_VERTEX_UNIFORM_VECTORS),T=n.getParameter(n.MAX_VARYING_VECTORS),v=n.getParameter(n.MAX_FRAGMENT_UNIFORM_VECTORS),R=n.getParameter(n.MAX_SAMPLES),E=n.getParameter(n.SAMPLES);return{isWebGL2:!0,getMaxAnisotropy:r,getMaxPrecision:c,textureFormatReadable:o,textureTypeReadable:a,precision:l,logarithmicDepthBuffer:f,reversedDepthBuffer:u,maxTextures:d,maxVertexTextures:p,maxTextureSize:x,maxCubemapSize:m,maxAttributes:g,maxVertexUniforms:b,maxVaryings:T,maxFragmentUniforms:v,maxSamples:R,samples:E}}function DA(n){let t=this,e=null,i=0,s=!1,r=!1,o=new _i,a=new ee,c={value:null,needsUpdate:!1};this.uniform=c,this.numPlanes=0,this.numIntersection=0,this.init=function(u,f){let d=u.length!==0||f||i!==0||s;return s=f,i=u.length,d},this.beginShadows=function(){r=!0,h(null)},this.endShadows=function(){r=!1},this.setGlobalState=function(u,f){e=h(u,f,0)},this.setState=function(u,f,d){let p=u.clippingPlanes,x=u.clipIntersection,m=u.clipShadows,g=n.get(u);if(!s||p===null||p.length===0||r&&!m)r?h(null):l();else{let b=r?0:i,T=b*4,v=g.clippingState||null;c.value=v,v=h(p,f,T,d);for(let R=0;R!==T;++R)v[R]=e[R];g.clippingState=v,this.numIntersection=x?this.numPlanes:0,this.numPlanes+=b}};function l(){c.value!==e&&(c.value=e,c.needsUpdate=i>0),t.numPlanes=i,t.numIntersection=0}function h(u,f,d,p){let x=u!==null?u.length:0,m=null;if(x!==0){if(m=c.value,p!==!0||m===null){let g=d+x*4,b=f.matrixWorldInverse;a.getNormalMatrix(b),(m===null||m.length<g)&&(m=new Float32Array(g));for(let T=0,v=d;T!==x;++T,v+=4)o.copy(u[T]).applyMatrix4(b,a),o.normal.toArray(m,v),m[v+3]=o.constant}c.value=m,c.needsUpdate=!0}return t.numPlanes=x,t.numIntersection=0,m}}var Bl=class extends bi{constructor(t=1,e={}){super(t,t,e),this.isWebGLCubeRenderTarget=!0;let i={width:t,height:t,depth:1},s=[i,i,i,i,i,i];this.texture=new hl(s),this._setTextureOptions(e),this.texture.isRenderTargetTexture=!0}fromEquirectangularTexture(t,e){this.texture.type=e.type,this.texture.colorSpace=e.colorSpace,this.texture.generateMipmaps=e.generateMipmaps,this.texture.minFilter=e.minFilter,this.texture.magFilter=e.magFilter;let i={uniforms:{tEquirect:{value:null}},vertexShader:`

				varying vec3 vWorldDirection;

				vec3 transformDirection( in vec3 dir, in mat4 matrix ) {

					return normalize( ( matrix * vec4( dir, 0.0 ) ).xyz );

				}

				void main() {

					vWorldDirection = transformDirection( position, modelMatrix );

					#include <begin_vertex>
					#include <project_vertex>

				}
			`,fragmentShader:`

				uniform sampler2D tEquirect;

				varying vec3 vWorldDirection;

				#include <common>

				void main() {

					vec3 direction = normalize( vWorldDirection );

					vec2 sampleUV = equirectUv( direction );

					gl_FragColor = texture2D( tEquirect, sampleUV );

				}
			`},s=new ea(5,5,5),r=new Di({name:"CubemapFromEquirect",uniforms:Kr(i.uniforms),vertexShader:i.vertexShader,fragmentShader:i.fragmentShader,side:ti,blending:$r});r.uniforms.tEquirect.value=e;let o=new Pn(s,r),a=e.minFilter;return e.minFilter===Js&&(e.minFilter=jn),new ia(1,10,this).update(t,o),e.minFilter=a,o.geometry.dispose(),o.material.dispose(),this}clear(t,e=!0,i=!0,s=!0){let r=t.getRenderTarget();for(let o=0;o<6;o++)t.setRenderTarget(this,o),t.clear(e,i,s);t.setRenderTarget(r)}},Yx=256,UA=3,FA=20,x_=256,__=16,OA=3,BA=new W,kA=new ae,Cu=class n{constructor(t){this._renderer=t,this._cubeSize=0,this._sourceTarget=null,this._cubeCamera=new ia(1,10,null),this._boxMesh=new Pn(new ea(5,5,5),null),this._cubemapMaterial=null,this._equirectMaterial=null,this._blurMaterial=null,this._ggxMaterial=null,this._integrationMaterial=null}fromScene(t,e=0,i=.1,s=100,r={}){let{size:o=256,position:a=BA}=r,c=this._renderer;this._setSize(o);let l=this._allocateTarget(),h=this._getSourceTarget(!0);e>0&&(h.texture.mipmapsAutoUpdate=!1);let u=c.autoClear,f=c.autoClearColor,d=c.autoClearDepth,p=c.autoClearStencil,x=t.background;c.autoClear=!0,c.autoClearColor=!0,c.autoClearDepth=!0,c.autoClearStencil=!0,x===null&&(t.background=c.getClearColor(kA));let m=new ia(i,s,h);return m.position.copy(a),m.update(c,t),c.autoClear=u,c.autoClearColor=f,c.autoClearDepth=d,c.autoClearStencil=p,t.background=x,e>0&&(h.texture.mipmapsAutoUpdate=!0,this._blur(l,e)),this._applyPMREM(l),l}fromEquirectangular(t,e=null){return this._fromTexture(t,e)}fromCubemap(t,e=null){return this._fromTexture(t,e)}compileCubemapShader(){this._cubemapMaterial===null&&(this._cubemapMaterial=Kx(),this._compileMaterial(this._cubemapMaterial))}compileEquirectangularShader(){this._equirectMaterial===null&&(this._equirectMaterial=Jx(),this._compileMaterial(this._equirectMaterial))}dispose(){this._sourceTarget!==null&&this._sourceTarget.dispose(),this._cubemapMaterial!==null&&this._cubemapMaterial.dispose(),this._equirectMaterial!==null&&this._equirectMaterial.dispose(),this._blurMaterial!==null&&this._blurMaterial.dispose(),this._ggxMaterial!==null&&this._ggxMaterial.dispose(),this._integrationMaterial!==null&&this._integrationMaterial.dispose(),this._boxMesh.geometry.dispose()}static lodToRoughness(t,e){return e>0?1-Math.sqrt(1-t/e):0}_setSize(t){this._cubeSize=Math.max(Yx,ap(t))}_fromTexture(t,e){t.mapping===Zr||t.mapping===aa?this._setSize(t.image.length===0?Yx:t.image[0].width||t.image[0].image.width):this._setSize(t.image.width/4);let i=e||this._allocateTarget();return this._textureToCubemap(t),this._applyPMREM(i),i}_allocateTarget(){let t=this._cubeSize,e=Zx(t,!1,!1),i=Math.log2(t)-UA;for(let s=0;s<=i;s++)e.texture.mipmaps.push({width:t>>s,height:t>>s});return e.texture.name="PMREM",e.texture.isPMREMTexture=!0,e}_getSourceTarget(t=!1){let e=this._cubeSize,i=this._sourceTarget;return(i===null||i.width!==e||t&&i.depthBuffer===!1)&&(i!==null&&i.dispose(),this._sourceTarget=Zx(e,!0,t)),this._sourceTarget}_compileMaterial(t){this._boxMesh.material=t,this._renderer.compile(this._boxMesh,this._cubeCamera.children[0])}_renderCube(t,e,i){let s=this._boxMesh,r=this._cubeCamera;s.material=i,r.renderTarget=t,r.activeMipmapLevel=e;let o=t.width>>e;t.viewport.set(0,0,o,o),r.update(this._renderer,s),t.viewport.set(0,0,t.width,t.height)}_textureToCubemap(t){let e;t.mapping===Zr||t.mapping===aa?(this._cubemapMaterial===null&&(this._cubemapMaterial=Kx()),e=this._cubemapMaterial,e.uniforms.flipEnvMap.value=t.isRenderTargetTexture===!1?-1:1):(this._equirectMaterial===null&&(this._equirectMaterial=Jx()),e=this._equirectMaterial),e.uniforms.envMap.value=t,this._renderCube(this._getSourceTarget(),0,e)}_applyPMREM(t){this._ggxMaterial===null&&(this._ggxMaterial=zA(),this._integrationMaterial=VA());let e=this._cubeSize,i=t.texture.mipmaps.length-1,s=this._ggxMaterial.uniforms;s.envMap.value=this._sourceTarget.texture;let r=this._integrationMaterial.uniforms;r.envMap.value=this._sourceTarget.texture,r.sourceLod.value=Math.log2(e/__);for(let o=0;o<=i;o++){let a=n.lodToRoughness(o,i);if(o>i-OA)r.roughness.value=a,this._renderCube(t,o,this._integrationMaterial);else{let c=a>0?Math.log2(e)+.5*Math.log2(6/(x_*Math.pow(a,4)))+.5:0;s.roughness.value=a,s.lodBias.value=c,this._renderCube(t,o,this._ggxMaterial)}}}_blur(t,e){this._blurMaterial===null&&(this._blurMaterial=GA());let i=this._blurMaterial,s=i.uniforms,r=this._sourceTarget;s.sigma.value=Math.min(e,Math.PI)/Math.SQRT2,s.envMap.value=r.texture,this._renderCube(t,0,i),s.envMap.value=t.texture,this._renderCube(r,0,i)}};function Zx(n,t,e){return new Bl(n,{minFilter:Js,generateMipmaps:t,type:Qi,colorSpace:Qa,depthBuffer:e})}function kl(n,t,e){return new Di({name:n,uniforms:t,vertexShader:fe.cube_vert,fragmentShader:e,side:ti,blending:$r,depthTest:!1,depthWrite:!1})}function zA(){return kl("PMREMGGXConvolution",{envMap:{value:null},roughness:{value:0},lodBias:{value:0}},`

		#define GGX_SAMPLES ${x_}u

		varying vec3 vWorldDirection;

		uniform samplerCube envMap;
		uniform float roughness;
		uniform float lodBias;

		#include <common>

		// Van der Corput radical inverse
		float radicalInverse_VdC( uint bits ) {

			bits = ( bits << 16u ) | ( bits >> 16u );
			bits = ( ( bits & 0x55555555u ) << 1u ) | ( ( bits & 0xAAAAAAAAu ) >> 1u );
			bits = ( ( bits & 0x33333333u ) << 2u ) | ( ( bits & 0xCCCCCCCCu ) >> 2u );
			bits = ( ( bits & 0x0F0F0F0Fu ) << 4u ) | ( ( bits & 0xF0F0F0F0u ) >> 4u );
			bits = ( ( bits & 0x00FF00FFu ) << 8u ) | ( ( bits & 0xFF00FF00u ) >> 8u );
			return float( bits ) * 2.3283064365386963e-10; // / 0x100000000

		}

		// Hammersley sequence
		vec2 hammersley( uint i, uint N ) {

			return vec2( float( i ) / float( N ), radicalInverse_VdC( i ) );

		}

		void main() {

			vec3 N = normalize( vWorldDirection );

			// For very low roughness, just sample the environment directly
			if ( roughness < 0.001 ) {

				gl_FragColor = vec4( textureLod( envMap, N, 0.0 ).rgb, 1.0 );
				return;

			}

			float alpha = roughness * roughness;
			float alpha2 = alpha * alpha;

			// Tangent space basis for VNDF sampling
			vec3 up = abs( N.z ) < 0.999 ? vec3( 0.0, 0.0, 1.0 ) : vec3( 1.0, 0.0, 0.0 );
			vec3 tangent = normalize( cross( up, N ) );
			vec3 bitangent = cross( N, tangent );

			vec3 prefilteredColor = vec3( 0.0 );
			float totalWeight = 0.0;

			for ( uint i = 0u; i < GGX_SAMPLES; i ++ ) {

				vec2 Xi = hammersley( i, GGX_SAMPLES );

				// With V = N, sample the reflected direction directly.
				float invQ = 1.0 / ( 1.0 - Xi.x + alpha2 * Xi.x );
				float NdotL = ( 1.0 - Xi.x - alpha2 * Xi.x ) * invQ;

				if ( NdotL > 0.0 ) {

					float phi = 2.0 * PI * Xi.y;
					float sinTheta = 2.0 * alpha * sqrt( Xi.x * ( 1.0 - Xi.x ) ) * invQ;
					vec3 L = N * NdotL + ( tangent * cos( phi ) + bitangent * sin( phi ) ) * sinTheta;

					// Match the source mip to the sample's solid angle. The terms
					// independent of the sample are precomputed in lodBias.
					float d = alpha2 * invQ;
					float lod = max( log2( d ) + lodBias, 0.0 );

					// Weight by NdotL for the split-sum approximation
					prefilteredColor += textureLod( envMap, L, lod ).rgb * NdotL;
					totalWeight += NdotL;

				}

			}

			gl_FragColor = vec4( prefilteredColor / totalWeight, 1.0 );

		}
	`)}function VA(){return kl("PMREMGGXIntegration",{envMap:{value:null},roughness:{value:0},sourceLod:{value:0},sourceSize:{value:__}},`

		varying vec3 vWorldDirection;

		uniform samplerCube envMap;
		uniform float roughness;
		uniform float sourceLod;
		uniform int sourceSize;

		void main() {

			vec3 N = normalize( vWorldDirection );

			float alpha = roughness * roughness;
			float alpha2 = alpha * alpha;

			float texelSize = 2.0 / float( sourceSize );

			vec3 prefilteredColor = vec3( 0.0 );
			float totalWeight = 0.0;

			// Pair opposite texels: only the one in N's hemisphere contributes.
			for ( int face = 0; face < 3; face ++ ) {

				for ( int y = 0; y < sourceSize; y ++ ) {

					for ( int x = 0; x < sourceSize; x ++ ) {

						vec2 uv = ( vec2( x, y ) + 0.5 ) * texelSize - 1.0;
						vec3 texelDirection = face == 0 ? vec3( 1.0, uv ) : ( face == 1 ? vec3( uv.x, 1.0, uv.y ) : vec3( uv, 1.0 ) );

						float invDistance = inversesqrt( 1.0 + dot( uv, uv ) );
						float NdotL = dot( N, texelDirection );
						texelDirection *= NdotL < 0.0 ? - 1.0 : 1.0;
						NdotL = abs( NdotL ) * invDistance;

						// With V = N, NdotH squared is ( 1 + NdotL ) / 2. Common factors
						// in the GGX distribution and texel solid angle cancel when normalized.
						float d = 1.0 + alpha2 + ( alpha2 - 1.0 ) * NdotL;
						float weight = NdotL * invDistance * invDistance * invDistance / ( d * d );

						prefilteredColor += textureLod( envMap, texelDirection, sourceLod ).rgb * weight;
						totalWeight += weight;

					}

				}

			}

			gl_FragColor = vec4( prefilteredColor / totalWeight, 1.0 );

		}
	`)}function GA(){return kl("PMREMSphericalGaussianBlur",{envMap:{value:null},sigma:{value:0}},`

		#define SAMPLES ${FA}
		#define GOLDEN_ANGLE 2.39996322973

		varying vec3 vWorldDirection;

		uniform samplerCube envMap;
		uniform float sigma;

		#include <common>

		void main() {

			vec3 outputDirection = normalize( vWorldDirection );

			vec3 up = abs( outputDirection.z ) < 0.999 ? vec3( 0.0, 0.0, 1.0 ) : vec3( 1.0, 0.0, 0.0 );
			vec3 tangent = normalize( cross( up, outputDirection ) );
			vec3 bitangent = cross( outputDirection, tangent );

			// Truncate the kernel at three standard deviations or at the antipode.
			float thetaMax = min( 3.0 * sigma, PI );
			float truncation = 1.0 - exp( - 0.5 * thetaMax * thetaMax / ( sigma * sigma ) );

			vec3 accumColor = vec3( 0.0 );
			float accumWeight = 0.0;

			for ( int i = 0; i < SAMPLES; i ++ ) {

				// Stratified inverse-CDF sampling of the Gaussian, placed on a golden-angle spiral.
				float stratum = ( float( i ) + 0.5 ) / float( SAMPLES );
				float theta = sigma * sqrt( - 2.0 * log( 1.0 - stratum * truncation ) );
				float phi = float( i ) * GOLDEN_ANGLE;

				vec3 offset = cos( phi ) * tangent + sin( phi ) * bitangent;
				vec3 sampleDirection = cos( theta ) * outputDirection + sin( theta ) * offset;

				// Correct the planar sample density to solid angle.
				float weight = sin( theta ) / theta;

				accumColor += weight * textureLod( envMap, sampleDirection, 0.0 ).rgb;
				accumWeight += weight;

			}

			gl_FragColor = vec4( accumColor / accumWeight, 1.0 );

		}
	`)}function Jx(){return kl("PMREMEquirectangularToCubemap",{envMap:{value:null}},`

		varying vec3 vWorldDirection;

		uniform sampler2D envMap;

		#include <common>

		void main() {

			// Average four subpixel samples to preserve small, bright features.
			vec3 direction = normalize( vWorldDirection );
			vec3 dx = dFdx( direction ) * 0.25;
			vec3 dy = dFdy( direction ) * 0.25;

			vec3 color = textureLod( envMap, equirectUv( normalize( direction - dx - dy ) ), 0.0 ).rgb;
			color += textureLod( envMap, equirectUv( normalize( direction + dx - dy ) ), 0.0 ).rgb;
			color += textureLod( envMap, equirectUv( normalize( direction - dx + dy ) ), 0.0 ).rgb;
			color += textureLod( envMap, equirectUv( normalize( direction + dx + dy ) ), 0.0 ).rgb;
			gl_FragColor = vec4( color * 0.25, 1.0 );

		}
	`)}function Kx(){return kl("PMREMCubemapToCubemap",{envMap:{value:null},flipEnvMap:{value:-1}},`

		varying vec3 vWorldDirection;

		uniform samplerCube envMap;
		uniform float flipEnvMap;

		void main() {

			gl_FragColor = vec4( textureCube( envMap, vec3( flipEnvMap * vWorldDirection.x, vWorldDirection.yz ) ).rgb, 1.0 );

		}
	`)}function HA(n){let t=new WeakMap,e=new WeakMap,i=null;function s(f,d=!1){return f==null?null:d?o(f):r(f)}function r(f){if(f&&f.isTexture){let d=f.mapping;if(d===kh||d===zh)if(t.has(f)){let p=t.get(f).texture;return a(p,f.mapping)}else{let p=f.image;if(p&&p.height>0){let x=new Bl(p.height);return x.fromEquirectangularTexture(n,f),t.set(f,x),f.addEventListener("dispose",l),a(x.texture,f.mapping)}else return null}}return f}function o(f){if(f&&f.isTexture&&f.isPMREMTexture!==!0){let d=f.mapping,p=d===kh||d===zh,x=d===Zr||d===aa;if(p||x){let m=e.get(f),g=m!==void 0?m.texture.pmremVersion:0;if(f.isRenderTargetTexture&&f.pmremVersion!==g)return i===null&&(i=new Cu(n)),m=p?i.fromEquirectangular(f,m):i.fromCubemap(f,m),m.texture.pmremVersion=f.pmremVersion,e.set(f,m),m.texture;if(m!==void 0)return m.texture;{let b=f.image;return p&&b&&b.height>0||x&&b&&c(b)?(i===null&&(i=new Cu(n)),m=p?i.fromEquirectangular(f):i.fromCubemap(f),m.texture.pmremVersion=f.pmremVersion,e.set(f,m),f.addEventListener("dispose",h),m.texture):null}}}return f}function a(f,d){return d===kh?f.mapping=Zr:d===zh&&(f.mapping=aa),f}function c(f){let d=0,p=6;for(let x=0;x<p;x++)f[x]!==void 0&&d++;return d===p}function l(f){let d=f.target;d.removeEventListener("dispose",l);let p=t.get(d);p!==void 0&&(t.delete(d),p.dispose())}function h(f){let d=f.target;d.removeEventListener("dispose",h);let p=e.get(d);p!==void 0&&(e.delete(d),p.dispose())}function u(){t=new WeakMap,e=new WeakMap,i!==null&&(i.dispose(),i=null)}return{get:s,dispose:u}}function WA(n){let t={};function e(i){if(t[i]!==void 0)return t[i];let s=n.getExtension(i);return t[i]=s,s}return{has:function(i){return e(i)!==null},init:function(){e("EXT_color_buffer_float"),e("WEBGL_clip_cull_distance"),e("OES_texture_float_linear"),e("EXT_color_buffer_half_float"),e("WEBGL_multisampled_render_to_texture"),e("WEBGL_render_shared_exponent")},get:function(i){let s=e(i);return s===null&&Za("WebGLRenderer: "+i+" extension not supported."),s}}}function XA(n,t,e,i){let s={},r=new WeakMap,o=new FinalizationRegistry(p=>delete s[p]);function a(p){c(p.target)}function c(p){p.index!==null&&t.remove(p.index);for(let m in p.attributes)t.remove(p.attributes[m]);p.removeEventListener("dispose",a),delete s[p.id],o.unregister(p);let x=r.get(p);x&&(t.remove(x),r.delete(p)),i.releaseStatesOfGeometry(p),p.isInstancedBufferGeometry===!0&&delete p._maxInstanceCount,e.memory.geometries--}function l(p,x){return s[x.id]!==void 0||(x.addEventListener("dispose",a),s[x.id]=new WeakRef(x),o.register(x,x.id,x),e.memory.geometries++),x}function h(p){let x=p.attributes;for(let m in x)t.update(x[m],n.ARRAY_BUFFER)}function u(p){let x=p.index,m=p.attributes.position,g=0;if(m===void 0)return;let b=x!==null?x.array.length:m.array.length/3-1,T=m.count>=65535?ol:rl,v=new T(Math.ceil(b/3)*6,1),R=v.array;if(x!==null){let _=x.array;g=x.version;for(let A=0,O=0;A<b;A+=3){let I=_[A+0],L=_[A+1],B=_[A+2];R[O++]=I,R[O++]=L,R[O++]=L,R[O++]=B,R[O++]=B,R[O++]=I}}else{g=m.version;for(let _=0,A=0;_<b;_+=3){let O=_+0,I=_+1,L=_+2;R[A++]=O,R[A++]=I,R[A++]=I,R[A++]=L,R[A++]=L,R[A++]=O}}v.version=g;let E=r.get(p);E&&t.remove(E),r.set(p,v)}function f(p){let x=r.get(p);if(x){let m=p.index;m!==null&&x.version<m.version&&u(p)}else u(p);return r.get(p)}function d(){for(let p in s){let x=s[p].deref();x!==void 0&&c(x)}}return{get:l,update:h,getWireframeAttribute:f,dispose:d}}function qA(n,t,e){let i;function s(u){i=u}let r,o;function a(u){r=u.type,o=u.bytesPerElement}function c(u,f){n.drawElements(i,f,r,u*o),e.update(f,i,1)}function l(u,f,d){d!==0&&(n.drawElementsInstanced(i,f,r,u*o,d),e.update(f,i,d))}function h(u,f,d){if(d===0)return;t.get("WEBGL_multi_draw").multiDrawElementsWEBGL(i,f,0,r,u,0,d);let x=0;for(let m=0;m<d;m++)x+=f[m];e.update(x,i,1)}this.setMode=s,this.setIndex=a,this.render=c,this.renderInstances=l,this.renderMultiDraw=h}function $A(n){let t={geometries:0,textures:0},e={frame:0,calls:0,triangles:0,points:0,lines:0};function i(r,o,a){switch(e.calls++,o){case n.TRIANGLES:e.triangles+=a*(r/3);break;case n.LINES:e.lines+=a*(r/2);break;case n.LINE_STRIP:e.lines+=a*(r-1);break;case n.LINE_LOOP:e.lines+=a*r;break;case n.POINTS:e.points+=a*r;break;default:jt("WebGLInfo: Unknown draw mode:",o);break}}function s(){e.calls=0,e.triangles=0,e.points=0,e.lines=0}return{memory:t,render:e,programs:null,autoReset:!0,reset:s,update:i}}function YA(n,t,e){let i=new WeakMap,s=new Ce;function r(o,a,c){let l=o.morphTargetInfluences,h=a.morphAttributes.position||a.morphAttributes.normal||a.morphAttributes.color,u=h!==void 0?h.length:0,f=i.get(a);if(f===void 0||f.count!==u){let O=function(){_.dispose(),i.delete(a),a.removeEventListener("dispose",O)};f!==void 0&&f.texture.dispose();let d=a.morphAttributes.position!==void 0,p=a.morphAttributes.normal!==void 0,x=a.morphAttributes.color!==void 0,m=a.morphAttributes.position||[],g=a.morphAttributes.normal||[],b=a.morphAttributes.color||[],T=0;d===!0&&(T=1),p===!0&&(T=2),x===!0&&(T=3);let v=a.attributes.position.count*T,R=1;v>t.maxTextureSize&&(R=Math.ceil(v/t.maxTextureSize),v=t.maxTextureSize);let E=new Float32Array(v*R*4*u),_=new il(E,v,R,u);_.type=Fi,_.needsUpdate=!0;let A=T*4;for(let I=0;I<u;I++){let L=m[I],B=g[I],V=b[I],N=v*R*4*I;for(let H=0;H<L.count;H++){let Y=H*A;d===!0&&(s.fromBufferAttribute(L,H),E[N+Y+0]=s.x,E[N+Y+1]=s.y,E[N+Y+2]=s.z,E[N+Y+3]=0),p===!0&&(s.fromBufferAttribute(B,H),E[N+Y+4]=s.x,E[N+Y+5]=s.y,E[N+Y+6]=s.z,E[N+Y+7]=0),x===!0&&(s.fromBufferAttribute(V,H),E[N+Y+8]=s.x,E[N+Y+9]=s.y,E[N+Y+10]=s.z,E[N+Y+11]=V.itemSize===4?s.w:1)}}f={count:u,texture:_,size:new Yt(v,R)},i.set(a,f),a.addEventListener("dispose",O)}if(o.isInstancedMesh===!0&&o.morphTexture!==null)c.getUniforms().setValue(n,"morphTexture",o.morphTexture,e);else{let d=0;for(let x=0;x<l.length;x++)d+=l[x];let p=a.morphTargetsRelative?1:1-d;c.getUniforms().setValue(n,"morphTargetBaseInfluence",p),c.getUniforms().setValue(n,"morphTargetInfluences",l)}c.getUniforms().setValue(n,"morphTargetsTexture",f.texture,e),c.getUniforms().setValue(n,"morphTargetsTextureSize",f.size)}return{update:r}}function ZA(n,t,e,i,s){let r=new WeakMap;function o(l){let h=s.render.frame,u=l.geometry,f=t.get(l,u);if(r.get(f)!==h&&(t.update(f),r.set(f,h)),l.isInstancedMesh&&(l.hasEventListener("dispose",c)===!1&&l.addEventListener("dispose",c),r.get(l)!==h&&(e.update(l.instanceMatrix,n.ARRAY_BUFFER),l.instanceColor!==null&&e.update(l.instanceColor,n.ARRAY_BUFFER),r.set(l,h))),l.isSkinnedMesh){let d=l.skeleton;r.get(d)!==h&&(d.update(),r.set(d,h))}return f}function a(){r=new WeakMap}function c(l){let h=l.target;h.removeEventListener("dispose",c),i.releaseStatesOfObject(h),e.remove(h.instanceMatrix),h.instanceColor!==null&&e.remove(h.instanceColor)}return{update:o,dispose:a}}var JA={[Vd]:"LINEAR_TONE_MAPPING",[Gd]:"REINHARD_TONE_MAPPING",[Hd]:"CINEON_TONE_MAPPING",[Wd]:"ACES_FILMIC_TONE_MAPPING",[qd]:"AGX_TONE_MAPPING",[$d]:"NEUTRAL_TONE_MAPPING",[Xd]:"CUSTOM_TONE_MAPPING"};function KA(n,t,e,i,s,r){let o=new bi(t,e,{type:n,depthBuffer:s,stencilBuffer:r,samples:i?4:0,storeMultisampledDepthBuffer:!1,storeMultisampledStencilBuffer:!1,resolveDepthBuffer:!1,resolveStencilBuffer:!1}),a=null,c=null,l=null,h=new zn;h.setAttribute("position",new rn([-1,3,0,-1,-1,0,3,-1,0],3)),h.setAttribute("uv",new rn([0,2,0,0,2,0],2));let u=new Sh({uniforms:{tDiffuse:{value:null}},vertexShader:`
			precision highp float;

			uniform mat4 modelViewMatrix;
			uniform mat4 projectionMatrix;

			attribute vec3 position;
			attribute vec2 uv;

			varying vec2 vUv;

			void main() {
				vUv = uv;
				gl_Position = projectionMatrix * modelViewMatrix * vec4( position, 1.0 );
			}`,fragmentShader:`
			precision highp float;

			uniform sampler2D tDiffuse;

			varying vec2 vUv;

			#include <tonemapping_pars_fragment>
			#include <colorspace_pars_fragment>

			void main() {
				gl_FragColor = texture2D( tDiffuse, vUv );

				#ifdef LINEAR_TONE_MAPPING
					gl_FragColor.rgb = LinearToneMapping( gl_FragColor.rgb );
				#elif defined( REINHARD_TONE_MAPPING )
					gl_FragColor.rgb = ReinhardToneMapping( gl_FragColor.rgb );
				#elif defined( CINEON_TONE_MAPPING )
					gl_FragColor.rgb = CineonToneMapping( gl_FragColor.rgb );
				#elif defined( ACES_FILMIC_TONE_MAPPING )
					gl_FragColor.rgb = ACESFilmicToneMapping( gl_FragColor.rgb );
				#elif defined( AGX_TONE_MAPPING )
					gl_FragColor.rgb = AgXToneMapping( gl_FragColor.rgb );
				#elif defined( NEUTRAL_TONE_MAPPING )
					gl_FragColor.rgb = NeutralToneMapping( gl_FragColor.rgb );
				#elif defined( CUSTOM_TONE_MAPPING )
					gl_FragColor.rgb = CustomToneMapping( gl_FragColor.rgb );
				#endif

				#ifdef SRGB_TRANSFER
					gl_FragColor = sRGBTransferOETF( gl_FragColor );
				#endif
			}`,depthTest:!1,depthWrite:!1}),f=new Pn(h,u),d=new yl(-1,1,1,-1,0,1),p=null,x=null,m=!1,g,b=null,T=[],v=!1;this.setSize=function(R,E){o.setSize(R,E),a!==null&&a.setSize(R,E),c!==null&&c.setSize(R,E);for(let _=0;_<T.length;_++){let A=T[_];A.setSize&&A.setSize(R,E)}},this.setEffects=function(R){T=R,v=T.length>0&&T[0].isRenderPass===!0;let E=o.width,_=o.height;T.length>0&&a===null&&(a=new bi(E,_,{type:Qi,depthBuffer:!1,stencilBuffer:!1}),c=new bi(E,_,{type:Qi,depthBuffer:!1,stencilBuffer:!1}));let A=s===!0&&T.some(O=>O.needsDepthTexture===!0);A!==(o.depthTexture!==null)&&(A===!0&&l===null&&(l=new Zs(E,_),r===!0&&(l.format=Ks,l.type=Jr)),o.dispose(),o.depthTexture=A?l:null,o.resolveDepthBuffer=A,o.storeMultisampledDepthBuffer=A);for(let O=0;O<T.length;O++){let I=T[O];I.setSize&&I.setSize(E,_),A&&I.needsDepthTexture===!0&&I.setDepthTexture&&I.setDepthTexture(l)}},this.begin=function(R,E){if(m||R.toneMapping===bs&&T.length===0)return!1;if(b=E,E!==null){let _=E.width,A=E.height;(o.width!==_||o.height!==A)&&this.setSize(_,A)}return v===!1&&R.setRenderTarget(o),g=R.toneMapping,R.toneMapping=bs,!0},this.hasRenderPass=function(){return v},this.end=function(R,E){R.toneMapping=g,m=!0;let _=o,A=a;for(let O=0;O<T.length;O++){let I=T[O];I.enabled!==!1&&(I.render(R,A,_,E),I.needsSwap!==!1&&(_=A,A=A===a?c:a))}if(p!==R.outputColorSpace||x!==R.toneMapping){p=R.outputColorSpace,x=R.toneMapping,u.defines={},_e.getTransfer(p)===Re&&(u.defines.SRGB_TRANSFER="");let O=JA[x];O&&(u.defines[O]=""),u.needsUpdate=!0}u.uniforms.tDiffuse.value=_.texture,R.setRenderTarget(b),R.render(f,d),b=null,m=!1},this.isCompositing=function(){return m},this.dispose=function(){o.dispose(),a!==null&&a.dispose(),c!==null&&c.dispose(),h.dispose(),u.dispose()}}var y_=new oi,b_=new Zs(1,1),v_=new ul(1),M_=new il,S_=new xh,w_=new hl,jx=[],Qx=[],t_=new Float32Array(16),e_=new Float32Array(9),n_=new Float32Array(4);function ha(n,t,e){let i=n[0];if(i<=0||i>0)return n;let s=t*e,r=jx[s];if(r===void 0&&(r=new Float32Array(s),jx[s]=r),t!==0){i.toArray(r,0);for(let o=1,a=0;o!==t;++o)a+=e,n[o].toArray(r,a)}return r}function xn(n,t){if(n.length!==t.length)return!1;for(let e=0,i=n.length;e<i;e++)if(n[e]!==t[e])return!1;return!0}function _n(n,t){for(let e=0,i=t.length;e<i;e++)n[e]=t[e]}function Iu(n,t){let e=Qx[t];e===void 0&&(e=new Int32Array(t),Qx[t]=e);for(let i=0;i!==t;++i)e[i]=n.allocateTextureUnit();return e}function jA(n,t){let e=this.cache;e[0]!==t&&(n.uniform1f(this.addr,t),e[0]=t)}function QA(n,t){let e=this.cache;if(t.x!==void 0)(e[0]!==t.x||e[1]!==t.y)&&(n.uniform2f(this.addr,t.x,t.y),e[0]=t.x,e[1]=t.y);else{if(xn(e,t))return;n.uniform2fv(this.addr,t),_n(e,t)}}function tE(n,t){let e=this.cache;if(t.x!==void 0)(e[0]!==t.x||e[1]!==t.y||e[2]!==t.z)&&(n.uniform3f(this.addr,t.x,t.y,t.z),e[0]=t.x,e[1]=t.y,e[2]=t.z);else if(t.r!==void 0)(e[0]!==t.r||e[1]!==t.g||e[2]!==t.b)&&(n.uniform3f(this.addr,t.r,t.g,t.b),e[0]=t.r,e[1]=t.g,e[2]=t.b);else{if(xn(e,t))return;n.uniform3fv(this.addr,t),_n(e,t)}}function eE(n,t){let e=this.cache;if(t.x!==void 0)(e[0]!==t.x||e[1]!==t.y||e[2]!==t.z||e[3]!==t.w)&&(n.uniform4f(this.addr,t.x,t.y,t.z,t.w),e[0]=t.x,e[1]=t.y,e[2]=t.z,e[3]=t.w);else{if(xn(e,t))return;n.uniform4fv(this.addr,t),_n(e,t)}}function nE(n,t){let e=this.cache,i=t.elements;if(i===void 0){if(xn(e,t))return;n.uniformMatrix2fv(this.addr,!1,t),_n(e,t)}else{if(xn(e,i))return;n_.set(i),n.uniformMatrix2fv(this.addr,!1,n_),_n(e,i)}}function iE(n,t){let e=this.cache,i=t.elements;if(i===void 0){if(xn(e,t))return;n.uniformMatrix3fv(this.addr,!1,t),_n(e,t)}else{if(xn(e,i))return;e_.set(i),n.uniformMatrix3fv(this.addr,!1,e_),_n(e,i)}}function sE(n,t){let e=this.cache,i=t.elements;if(i===void 0){if(xn(e,t))return;n.uniformMatrix4fv(this.addr,!1,t),_n(e,t)}else{if(xn(e,i))return;t_.set(i),n.uniformMatrix4fv(this.addr,!1,t_),_n(e,i)}}function rE(n,t){let e=this.cache;e[0]!==t&&(n.uniform1i(this.addr,t),e[0]=t)}function oE(n,t){let e=this.cache;if(t.x!==void 0)(e[0]!==t.x||e[1]!==t.y)&&(n.uniform2i(this.addr,t.x,t.y),e[0]=t.x,e[1]=t.y);else{if(xn(e,t))return;n.uniform2iv(this.addr,t),_n(e,t)}}function aE(n,t){let e=this.cache;if(t.x!==void 0)(e[0]!==t.x||e[1]!==t.y||e[2]!==t.z)&&(n.uniform3i(this.addr,t.x,t.y,t.z),e[0]=t.x,e[1]=t.y,e[2]=t.z);else{if(xn(e,t))return;n.uniform3iv(this.addr,t),_n(e,t)}}function lE(n,t){let e=this.cache;if(t.x!==void 0)(e[0]!==t.x||e[1]!==t.y||e[2]!==t.z||e[3]!==t.w)&&(n.uniform4i(this.addr,t.x,t.y,t.z,t.w),e[0]=t.x,e[1]=t.y,e[2]=t.z,e[3]=t.w);else{if(xn(e,t))return;n.uniform4iv(this.addr,t),_n(e,t)}}function cE(n,t){let e=this.cache;e[0]!==t&&(n.uniform1ui(this.addr,t),e[0]=t)}function hE(n,t){let e=this.cache;if(t.x!==void 0)(e[0]!==t.x||e[1]!==t.y)&&(n.uniform2ui(this.addr,t.x,t.y),e[0]=t.x,e[1]=t.y);else{if(xn(e,t))return;n.uniform2uiv(this.addr,t),_n(e,t)}}function uE(n,t){let e=this.cache;if(t.x!==void 0)(e[0]!==t.x||e[1]!==t.y||e[2]!==t.z)&&(n.uniform3ui(this.addr,t.x,t.y,t.z),e[0]=t.x,e[1]=t.y,e[2]=t.z);else{if(xn(e,t))return;n.uniform3uiv(this.addr,t),_n(e,t)}}function fE(n,t){let e=this.cache;if(t.x!==void 0)(e[0]!==t.x||e[1]!==t.y||e[2]!==t.z||e[3]!==t.w)&&(n.uniform4ui(this.addr,t.x,t.y,t.z,t.w),e[0]=t.x,e[1]=t.y,e[2]=t.z,e[3]=t.w);else{if(xn(e,t))return;n.uniform4uiv(this.addr,t),_n(e,t)}}function Lu(n){return n.version===0&&(n.compareFunction=ip,n.needsUpdate=!0),n}function dE(n,t,e){let i=this.cache,s=e.allocateTextureUnit();i[0]!==s&&(n.uniform1i(this.addr,s),i[0]=s);let r;this.type===n.SAMPLER_2D_SHADOW?r=Lu(b_):r=y_,e.setTexture2D(t||r,s)}function pE(n,t,e){let i=this.cache,s=e.allocateTextureUnit();i[0]!==s&&(n.uniform1i(this.addr,s),i[0]=s),e.setTexture3D(t||S_,s)}function mE(n,t,e){let i=this.cache,s=e.allocateTextureUnit();i[0]!==s&&(n.uniform1i(this.addr,s),i[0]=s);let r;this.type===n.SAMPLER_CUBE_SHADOW?r=Lu(v_):r=w_,e.setTextureCube(t||r,s)}function gE(n,t,e){let i=this.cache,s=e.allocateTextureUnit();i[0]!==s&&(n.uniform1i(this.addr,s),i[0]=s),e.setTexture2DArray(t||M_,s)}function xE(n){switch(n){case 5126:return jA;case 35664:return QA;case 35665:return tE;case 35666:return eE;case 35674:return nE;case 35675:return iE;case 35676:return sE;case 5124:case 35670:return rE;case 35667:case 35671:return oE;case 35668:case 35672:return aE;case 35669:case 35673:return lE;case 5125:return cE;case 36294:return hE;case 36295:return uE;case 36296:return fE;case 35678:case 36198:case 36298:case 36306:case 35682:return dE;case 35679:case 36299:case 36307:return pE;case 35680:case 36300:case 36308:case 36293:return mE;case 36289:case 36303:case 36311:case 36292:return gE}}function _E(n,t){n.uniform1fv(this.addr,t)}function yE(n,t){let e=ha(t,this.size,2);n.uniform2fv(this.addr,e)}function bE(n,t){let e=ha(t,this.size,3);n.uniform3fv(this.addr,e)}function vE(n,t){let e=ha(t,this.size,4);n.uniform4fv(this.addr,e)}function ME(n,t){let e=ha(t,this.size,4);n.uniformMatrix2fv(this.addr,!1,e)}function SE(n,t){let e=ha(t,this.size,9);n.uniformMatrix3fv(this.addr,!1,e)}function wE(n,t){let e=ha(t,this.size,16);n.uniformMatrix4fv(this.addr,!1,e)}function AE(n,t){n.uniform1iv(this.addr,t)}function EE(n,t){n.uniform2iv(this.addr,t)}function TE(n,t){n.uniform3iv(this.addr,t)}function RE(n,t){n.uniform4iv(this.addr,t)}function CE(n,t){n.uniform1uiv(this.addr,t)}function PE(n,t){n.uniform2uiv(this.addr,t)}function IE(n,t){n.uniform3uiv(this.addr,t)}function LE(n,t){n.uniform4uiv(this.addr,t)}function NE(n,t,e){let i=this.cache,s=t.length,r=Iu(e,s);xn(i,r)||(n.uniform1iv(this.addr,r),_n(i,r));let o;this.type===n.SAMPLER_2D_SHADOW?o=Lu(b_):o=y_;for(let a=0;a!==s;++a)e.setTexture2D(t[a]||o,r[a])}function DE(n,t,e){let i=this.cache,s=t.length,r=Iu(e,s);xn(i,r)||(n.uniform1iv(this.addr,r),_n(i,r));for(let o=0;o!==s;++o)e.setTexture3D(t[o]||S_,r[o])}function UE(n,t,e){let i=this.cache,s=t.length,r=Iu(e,s);xn(i,r)||(n.uniform1iv(this.addr,r),_n(i,r));let o;this.type===n.SAMPLER_CUBE_SHADOW?o=Lu(v_):o=w_;for(let a=0;a!==s;++a)e.setTextureCube(t[a]||o,r[a])}function FE(n,t,e){let i=this.cache,s=t.length,r=Iu(e,s);xn(i,r)||(n.uniform1iv(this.addr,r),_n(i,r));for(let o=0;o!==s;++o)e.setTexture2DArray(t[o]||M_,r[o])}function OE(n){switch(n){case 5126:return _E;case 35664:return yE;case 35665:return bE;case 35666:return vE;case 35674:return ME;case 35675:return SE;case 35676:return wE;case 5124:case 35670:return AE;case 35667:case 35671:return EE;case 35668:case 35672:return TE;case 35669:case 35673:return RE;case 5125:return CE;case 36294:return PE;case 36295:return IE;case 36296:return LE;case 35678:case 36198:case 36298:case 36306:case 35682:return NE;case 35679:case 36299:case 36307:return DE;case 35680:case 36300:case 36308:case 36293:return UE;case 36289:case 36303:case 36311:case 36292:return FE}}var gp=class{constructor(t,e,i){this.id=t,this.addr=i,this.cache=[],this.type=e.type,this.setValue=xE(e.type)}},xp=class{constructor(t,e,i){this.id=t,this.addr=i,this.cache=[],this.type=e.type,this.size=e.size,this.setValue=OE(e.type)}},_p=class{constructor(t){this.id=t,this.seq=[],this.map={}}setValue(t,e,i){let s=this.seq;for(let r=0,o=s.length;r!==o;++r){let a=s[r];a.setValue(t,e[a.id],i)}}},pp=/(\w+)(\])?(\[|\.)?/g;function i_(n,t){n.seq.push(t),n.map[t.id]=t}function BE(n,t,e){let i=n.name,s=i.length;for(pp.lastIndex=0;;){let r=pp.exec(i),o=pp.lastIndex,a=r[1],c=r[2]==="]",l=r[3];if(c&&(a=a|0),l===void 0||l==="["&&o+2===s){i_(e,l===void 0?new gp(a,n,t):new xp(a,n,t));break}else{let u=e.map[a];u===void 0&&(u=new _p(a),i_(e,u)),e=u}}}var ca=class{constructor(t,e){this.seq=[],this.map={};let i=t.getProgramParameter(e,t.ACTIVE_UNIFORMS);for(let o=0;o<i;++o){let a=t.getActiveUniform(e,o),c=t.getUniformLocation(e,a.name);BE(a,c,this)}let s=[],r=[];for(let o of this.seq)o.type===t.SAMPLER_2D_SHADOW||o.type===t.SAMPLER_CUBE_SHADOW||o.type===t.SAMPLER_2D_ARRAY_SHADOW?s.push(o):r.push(o);s.length>0&&(this.seq=s.concat(r))}setValue(t,e,i,s){let r=this.map[e];r!==void 0&&r.setValue(t,i,s)}setOptional(t,e,i){let s=e[i];s!==void 0&&this.setValue(t,i,s)}static upload(t,e,i,s){for(let r=0,o=e.length;r!==o;++r){let a=e[r],c=i[a.id];c.needsUpdate!==!1&&a.setValue(t,c.value,s)}}static seqWithValue(t,e){let i=[];for(let s=0,r=t.length;s!==r;++s){let o=t[s];o.id in e&&i.push(o)}return i}};function s_(n,t,e){let i=n.createShader(t);return n.shaderSource(i,e),n.compileShader(i),i}var kE=37297,zE=0;function VE(n,t){let e=n.split(`
`),i=[],s=Math.max(t-6,0),r=Math.min(t+6,e.length);for(let o=s;o<r;o++){let a=o+1;i.push(`${a===t?">":" "} ${a}: ${e[o]}`)}return i.join(`
`)}var r_=new ee;function GE(n){_e._getMatrix(r_,_e.workingColorSpace,n);let t=`mat3( ${r_.elements.map(e=>e.toFixed(4))} )`;switch(_e.getTransfer(n)){case tl:return[t,"LinearTransferOETF"];case Re:return[t,"sRGBTransferOETF"];default:return qt("WebGLProgram: Unsupported color space: ",n),[t,"LinearTransferOETF"]}}function o_(n,t,e){let i=n.getShaderParameter(t,n.COMPILE_STATUS),r=(n.getShaderInfoLog(t)||"").trim();if(i&&r==="")return"";let o=/ERROR: 0:(\d+)/.exec(r);if(o){let a=parseInt(o[1]);return e.toUpperCase()+`

`+r+`

`+VE(n.getShaderSource(t),a)}else return r}function HE(n,t){let e=GE(t);return[`vec4 ${n}( vec4 value ) {`,`	return ${e[1]}( vec4( ${e[0]} * value.rgb, value.a ) );`,"}"].join(`
`)}var WE={[Vd]:"Linear",[Gd]:"Reinhard",[Hd]:"Cineon",[Wd]:"ACESFilmic",[qd]:"AgX",[$d]:"Neutral",[Xd]:"Custom"};function XE(n,t){let e=WE[t];return e===void 0?(qt("WebGLProgram: Unsupported toneMapping:",t),"vec3 "+n+"( vec3 color ) { return LinearToneMapping( color ); }"):"vec3 "+n+"( vec3 color ) { return "+e+"ToneMapping( color ); }"}var Ru=new W;function qE(){_e.getLuminanceCoefficients(Ru);let n=Ru.x.toFixed(4),t=Ru.y.toFixed(4),e=Ru.z.toFixed(4);return["float luminance( const in vec3 rgb ) {",`	const vec3 weights = vec3( ${n}, ${t}, ${e} );`,"	return dot( weights, rgb );","}"].join(`
`)}function $E(n){return[n.extensionClipCullDistance?"#extension GL_ANGLE_clip_cull_distance : require":"",n.extensionMultiDraw?"#extension GL_ANGLE_multi_draw : require":""].filter(Ol).join(`
`)}function YE(n){let t=[];for(let e in n){let i=n[e];i!==!1&&t.push("#define "+e+" "+i)}return t.join(`
`)}function ZE(n,t){let e={},i=n.getProgramParameter(t,n.ACTIVE_ATTRIBUTES);for(let s=0;s<i;s++){let r=n.getActiveAttrib(t,s),o=r.name,a=1;r.type===n.FLOAT_MAT2&&(a=2),r.type===n.FLOAT_MAT3&&(a=3),r.type===n.FLOAT_MAT4&&(a=4),e[o]={type:r.type,location:n.getAttribLocation(t,o),locationSize:a}}return e}function Ol(n){return n!==""}function a_(n,t){let e=t.numSpotLightShadows+t.numSpotLightMaps-t.numSpotLightShadowsWithMaps;return n.replace(/NUM_SUN_LIGHTS/g,t.numSunLights).replace(/NUM_DIR_LIGHTS/g,t.numDirLights).replace(/NUM_SPOT_LIGHTS/g,t.numSpotLights).replace(/NUM_SPOT_LIGHT_MAPS/g,t.numSpotLightMaps).replace(/NUM_SPOT_LIGHT_COORDS/g,e).replace(/NUM_RECT_AREA_LIGHTS/g,t.numRectAreaLights).replace(/NUM_POINT_LIGHTS/g,t.numPointLights).replace(/NUM_HEMI_LIGHTS/g,t.numHemiLights).replace(/NUM_SUN_LIGHT_SHADOWS/g,t.numSunLightShadows).replace(/NUM_DIR_LIGHT_SHADOWS/g,t.numDirLightShadows).replace(/NUM_SPOT_LIGHT_SHADOWS_WITH_MAPS/g,t.numSpotLightShadowsWithMaps).replace(/NUM_SPOT_LIGHT_SHADOWS/g,t.numSpotLightShadows).replace(/NUM_POINT_LIGHT_SHADOWS/g,t.numPointLightShadows).replace(/NUM_LIGHT_PROBE_GRIDS/g,t.numLightProbeGrids)}function l_(n,t){return n.replace(/NUM_CLIPPING_PLANES/g,t.numClippingPlanes).replace(/UNION_CLIPPING_PLANES/g,t.numClippingPlanes-t.numClipIntersection)}var JE=/^[ \t]*#include +<([\w\d./]+)>/gm;function yp(n){return n.replace(JE,KE)}function KE(n,t){let e=fe[t];if(e===void 0)throw new Error("THREE.WebGLProgram: Can not resolve #include <"+t+">");return yp(e)}var jE=/#pragma unroll_loop_start\s+for\s*\(\s*int\s+i\s*=\s*(\d+)\s*;\s*i\s*<\s*(\d+)\s*;\s*i\s*\+\+\s*\)\s*{([\s\S]+?)}\s+#pragma unroll_loop_end/g;function c_(n){return n.replace(jE,QE)}function QE(n,t,e,i){let s="";for(let r=parseInt(t);r<parseInt(e);r++)s+=i.replace(/\[\s*i\s*\]/g,"[ "+r+" ]").replace(/UNROLLED_LOOP_INDEX/g,r);return s}function h_(n){let t=`precision ${n.precision} float;
	precision ${n.precision} int;
	precision ${n.precision} sampler2D;
	precision ${n.precision} samplerCube;
	precision ${n.precision} sampler3D;
	precision ${n.precision} sampler2DArray;
	precision ${n.precision} sampler2DShadow;
	precision ${n.precision} samplerCubeShadow;
	precision ${n.precision} sampler2DArrayShadow;
	precision ${n.precision} isampler2D;
	precision ${n.precision} isampler3D;
	precision ${n.precision} isamplerCube;
	precision ${n.precision} isampler2DArray;
	precision ${n.precision} usampler2D;
	precision ${n.precision} usampler3D;
	precision ${n.precision} usamplerCube;
	precision ${n.precision} usampler2DArray;
	`;return n.precision==="highp"?t+=`
#define HIGH_PRECISION`:n.precision==="mediump"?t+=`
#define MEDIUM_PRECISION`:n.precision==="lowp"&&(t+=`
#define LOW_PRECISION`),t}var tT={[El]:"SHADOWMAP_TYPE_PCF",[ra]:"SHADOWMAP_TYPE_VSM"};function eT(n){return tT[n.shadowMapType]||"SHADOWMAP_TYPE_BASIC"}var nT={[aa]:"ENVMAP_MODE_REFRACTION"};function iT(n){return n.envMap===!1?"ENVMAP_MODE_REFLECTION":nT[n.envMapMode]||"ENVMAP_MODE_REFLECTION"}var sT={[Bh]:"ENVMAP_BLENDING_MULTIPLY",[Px]:"ENVMAP_BLENDING_MIX",[Ix]:"ENVMAP_BLENDING_ADD"};function rT(n){return n.envMap===!1?"ENVMAP_BLENDING_NONE":sT[n.combine]||"ENVMAP_BLENDING_NONE"}function oT(n,t,e,i){let s=n.getContext(),r=e.defines,o=e.vertexShader,a=e.fragmentShader,c=eT(e),l=e.envMapPMREM===!0?"ENVMAP_TYPE_PMREM":"ENVMAP_TYPE_CUBE",h=iT(e),u=rT(e),f=$E(e),d=YE(r),p=s.createProgram(),x,m,g=e.glslVersion?"#version "+e.glslVersion+`
`:"";e.isRawShaderMaterial?(x=["#define SHADER_TYPE "+e.shaderType,"#define SHADER_NAME "+e.shaderName,d].filter(Ol).join(`
`),x.length>0&&(x+=`
`),m=["#define SHADER_TYPE "+e.shaderType,"#define SHADER_NAME "+e.shaderName,d].filter(Ol).join(`
`),m.length>0&&(m+=`
`)):(x=[h_(e),"#define SHADER_TYPE "+e.shaderType,"#define SHADER_NAME "+e.shaderName,d,e.extensionClipCullDistance?"#define USE_CLIP_DISTANCE":"",e.batching?"#define USE_BATCHING":"",e.batchingColor?"#define USE_BATCHING_COLOR":"",e.instancing?"#define USE_INSTANCING":"",e.instancingColor?"#define USE_INSTANCING_COLOR":"",e.instancingMorph?"#define USE_INSTANCING_MORPH":"",e.useFog&&e.fog?"#define USE_FOG":"",e.useFog&&e.fogExp2?"#define FOG_EXP2":"",e.map?"#define USE_MAP":"",e.envMap?"#define USE_ENVMAP":"",e.envMap?"#define "+h:"",e.lightMap?"#define USE_LIGHTMAP":"",e.aoMap?"#define USE_AOMAP":"",e.bumpMap?"#define USE_BUMPMAP":"",e.normalMap?"#define USE_NORMALMAP":"",e.normalMapObjectSpace?"#define USE_NORMALMAP_OBJECTSPACE":"",e.normalMapTangentSpace?"#define USE_NORMALMAP_TANGENTSPACE":"",e.displacementMap?"#define USE_DISPLACEMENTMAP":"",e.emissiveMap?"#define USE_EMISSIVEMAP":"",e.anisotropy?"#define USE_ANISOTROPY":"",e.anisotropyMap?"#define USE_ANISOTROPYMAP":"",e.clearcoatMap?"#define USE_CLEARCOATMAP":"",e.clearcoatRoughnessMap?"#define USE_CLEARCOAT_ROUGHNESSMAP":"",e.clearcoatNormalMap?"#define USE_CLEARCOAT_NORMALMAP":"",e.diffuseRoughnessMap?"#define USE_DIFFUSE_ROUGHNESSMAP":"",e.iridescenceMap?"#define USE_IRIDESCENCEMAP":"",e.iridescenceThicknessMap?"#define USE_IRIDESCENCE_THICKNESSMAP":"",e.specularMap?"#define USE_SPECULARMAP":"",e.specularColorMap?"#define USE_SPECULAR_COLORMAP":"",e.specularIntensityMap?"#define USE_SPECULAR_INTENSITYMAP":"",e.roughnessMap?"#define USE_ROUGHNESSMAP":"",e.metalnessMap?"#define USE_METALNESSMAP":"",e.alphaMap?"#define USE_ALPHAMAP":"",e.alphaHash?"#define USE_ALPHAHASH":"",e.transmission?"#define USE_TRANSMISSION":"",e.transmissionMap?"#define USE_TRANSMISSIONMAP":"",e.thicknessMap?"#define USE_THICKNESSMAP":"",e.sheenColorMap?"#define USE_SHEEN_COLORMAP":"",e.sheenRoughnessMap?"#define USE_SHEEN_ROUGHNESSMAP":"",e.mapUv?"#define MAP_UV "+e.mapUv:"",e.alphaMapUv?"#define ALPHAMAP_UV "+e.alphaMapUv:"",e.lightMapUv?"#define LIGHTMAP_UV "+e.lightMapUv:"",e.aoMapUv?"#define AOMAP_UV "+e.aoMapUv:"",e.emissiveMapUv?"#define EMISSIVEMAP_UV "+e.emissiveMapUv:"",e.bumpMapUv?"#define BUMPMAP_UV "+e.bumpMapUv:"",e.normalMapUv?"#define NORMALMAP_UV "+e.normalMapUv:"",e.displacementMapUv?"#define DISPLACEMENTMAP_UV "+e.displacementMapUv:"",e.metalnessMapUv?"#define METALNESSMAP_UV "+e.metalnessMapUv:"",e.roughnessMapUv?"#define ROUGHNESSMAP_UV "+e.roughnessMapUv:"",e.anisotropyMapUv?"#define ANISOTROPYMAP_UV "+e.anisotropyMapUv:"",e.clearcoatMapUv?"#define CLEARCOATMAP_UV "+e.clearcoatMapUv:"",e.clearcoatNormalMapUv?"#define CLEARCOAT_NORMALMAP_UV "+e.clearcoatNormalMapUv:"",e.clearcoatRoughnessMapUv?"#define CLEARCOAT_ROUGHNESSMAP_UV "+e.clearcoatRoughnessMapUv:"",e.diffuseRoughnessMapUv?"#define DIFFUSE_ROUGHNESSMAP_UV "+e.diffuseRoughnessMapUv:"",e.iridescenceMapUv?"#define IRIDESCENCEMAP_UV "+e.iridescenceMapUv:"",e.iridescenceThicknessMapUv?"#define IRIDESCENCE_THICKNESSMAP_UV "+e.iridescenceThicknessMapUv:"",e.sheenColorMapUv?"#define SHEEN_COLORMAP_UV "+e.sheenColorMapUv:"",e.sheenRoughnessMapUv?"#define SHEEN_ROUGHNESSMAP_UV "+e.sheenRoughnessMapUv:"",e.specularMapUv?"#define SPECULARMAP_UV "+e.specularMapUv:"",e.specularColorMapUv?"#define SPECULAR_COLORMAP_UV "+e.specularColorMapUv:"",e.specularIntensityMapUv?"#define SPECULAR_INTENSITYMAP_UV "+e.specularIntensityMapUv:"",e.transmissionMapUv?"#define TRANSMISSIONMAP_UV "+e.transmissionMapUv:"",e.thicknessMapUv?"#define THICKNESSMAP_UV "+e.thicknessMapUv:"",e.vertexTangents&&e.flatShading===!1?"#define USE_TANGENT":"",e.vertexNormals?"#define HAS_NORMAL":"",e.vertexColors?"#define USE_COLOR":"",e.vertexAlphas?"#define USE_COLOR_ALPHA":"",e.vertexUv1s?"#define USE_UV1":"",e.vertexUv2s?"#define USE_UV2":"",e.vertexUv3s?"#define USE_UV3":"",e.pointsUvs?"#define USE_POINTS_UV":"",e.flatShading?"#define FLAT_SHADED":"",e.skinning?"#define USE_SKINNING":"",e.morphTargets?"#define USE_MORPHTARGETS":"",e.morphNormals&&e.flatShading===!1?"#define USE_MORPHNORMALS":"",e.morphColors?"#define USE_MORPHCOLORS":"",e.morphTargetsCount>0?"#define MORPHTARGETS_TEXTURE_STRIDE "+e.morphTextureStride:"",e.morphTargetsCount>0?"#define MORPHTARGETS_COUNT "+e.morphTargetsCount:"",e.doubleSided?"#define DOUBLE_SIDED":"",e.flipSided?"#define FLIP_SIDED":"",e.shadowMapEnabled?"#define USE_SHADOWMAP":"",e.shadowMapEnabled?"#define "+c:"",e.sizeAttenuation?"#define USE_SIZEATTENUATION":"",e.numLightProbes>0?"#define USE_LIGHT_PROBES":"",e.logarithmicDepthBuffer?"#define USE_LOGARITHMIC_DEPTH_BUFFER":"",e.reversedDepthBuffer?"#define USE_REVERSED_DEPTH_BUFFER":"","uniform mat4 modelMatrix;","uniform mat4 modelViewMatrix;","uniform mat4 projectionMatrix;","uniform mat4 viewMatrix;","uniform mat3 normalMatrix;","uniform vec3 cameraPosition;","uniform bool isOrthographic;","#ifdef USE_INSTANCING","	attribute mat4 instanceMatrix;","#endif","#ifdef USE_INSTANCING_COLOR","	attribute vec3 instanceColor;","#endif","#ifdef USE_INSTANCING_MORPH","	uniform sampler2D morphTexture;","#endif","attribute vec3 position;","attribute vec3 normal;","attribute vec2 uv;","#ifdef USE_UV1","	attribute vec2 uv1;","#endif","#ifdef USE_UV2","	attribute vec2 uv2;","#endif","#ifdef USE_UV3","	attribute vec2 uv3;","#endif","#ifdef USE_TANGENT","	attribute vec4 tangent;","#endif","#if defined( USE_COLOR_ALPHA )","	attribute vec4 color;","#elif defined( USE_COLOR )","	attribute vec3 color;","#endif","#ifdef USE_SKINNING","	attribute vec4 skinIndex;","	attribute vec4 skinWeight;","#endif",`
`].filter(Ol).join(`
`),m=[h_(e),"#define SHADER_TYPE "+e.shaderType,"#define SHADER_NAME "+e.shaderName,d,e.useFog&&e.fog?"#define USE_FOG":"",e.useFog&&e.fogExp2?"#define FOG_EXP2":"",e.alphaToCoverage?"#define ALPHA_TO_COVERAGE":"",e.map?"#define USE_MAP":"",e.matcap?"#define USE_MATCAP":"",e.envMap?"#define USE_ENVMAP":"",e.envMap?"#define "+l:"",e.envMap?"#define "+h:"",e.envMap?"#define "+u:"",e.envMapPMREM?"#define ENVMAP_MAX_LOD "+e.envMapMaxLod+".0":"",e.envMapPMREM?"#define ENVMAP_SIZE "+e.envMapSize+".0":"",e.lightMap?"#define USE_LIGHTMAP":"",e.aoMap?"#define USE_AOMAP":"",e.bumpMap?"#define USE_BUMPMAP":"",e.normalMap?"#define USE_NORMALMAP":"",e.normalMapObjectSpace?"#define USE_NORMALMAP_OBJECTSPACE":"",e.normalMapTangentSpace?"#define USE_NORMALMAP_TANGENTSPACE":"",e.packedNormalMap?"#define USE_PACKED_NORMALMAP":"",e.emissiveMap?"#define USE_EMISSIVEMAP":"",e.anisotropy?"#define USE_ANISOTROPY":"",e.anisotropyMap?"#define USE_ANISOTROPYMAP":"",e.clearcoat?"#define USE_CLEARCOAT":"",e.clearcoatMap?"#define USE_CLEARCOATMAP":"",e.clearcoatRoughnessMap?"#define USE_CLEARCOAT_ROUGHNESSMAP":"",e.clearcoatNormalMap?"#define USE_CLEARCOAT_NORMALMAP":"",e.diffuseRoughness?"#define USE_DIFFUSE_ROUGHNESS":"",e.diffuseRoughnessMap?"#define USE_DIFFUSE_ROUGHNESSMAP":"",e.dispersion?"#define USE_DISPERSION":"",e.retroreflection?"#define USE_RETROREFLECTION":"",e.iridescence?"#define USE_IRIDESCENCE":"",e.iridescenceMap?"#define USE_IRIDESCENCEMAP":"",e.iridescenceThicknessMap?"#define USE_IRIDESCENCE_THICKNESSMAP":"",e.specularMap?"#define USE_SPECULARMAP":"",e.specularColorMap?"#define USE_SPECULAR_COLORMAP":"",e.specularIntensityMap?"#define USE_SPECULAR_INTENSITYMAP":"",e.roughnessMap?"#define USE_ROUGHNESSMAP":"",e.metalnessMap?"#define USE_METALNESSMAP":"",e.alphaMap?"#define USE_ALPHAMAP":"",e.alphaTest?"#define USE_ALPHATEST":"",e.alphaHash?"#define USE_ALPHAHASH":"",e.sheen?"#define USE_SHEEN":"",e.sheenColorMap?"#define USE_SHEEN_COLORMAP":"",e.sheenRoughnessMap?"#define USE_SHEEN_ROUGHNESSMAP":"",e.transmission?"#define USE_TRANSMISSION":"",e.transmissionMap?"#define USE_TRANSMISSIONMAP":"",e.thicknessMap?"#define USE_THICKNESSMAP":"",e.vertexTangents&&e.flatShading===!1?"#define USE_TANGENT":"",e.vertexColors||e.instancingColor?"#define USE_COLOR":"",e.vertexAlphas||e.batchingColor?"#define USE_COLOR_ALPHA":"",e.vertexUv1s?"#define USE_UV1":"",e.vertexUv2s?"#define USE_UV2":"",e.vertexUv3s?"#define USE_UV3":"",e.pointsUvs?"#define USE_POINTS_UV":"",e.gradientMap?"#define USE_GRADIENTMAP":"",e.flatShading?"#define FLAT_SHADED":"",e.doubleSided?"#define DOUBLE_SIDED":"",e.flipSided?"#define FLIP_SIDED":"",e.shadowMapEnabled?"#define USE_SHADOWMAP":"",e.shadowMapEnabled?"#define "+c:"",e.premultipliedAlpha?"#define PREMULTIPLIED_ALPHA":"",e.numLightProbes>0?"#define USE_LIGHT_PROBES":"",e.decodeVideoTexture?"#define DECODE_VIDEO_TEXTURE":"",e.decodeVideoTextureEmissive?"#define DECODE_VIDEO_TEXTURE_EMISSIVE":"",e.logarithmicDepthBuffer?"#define USE_LOGARITHMIC_DEPTH_BUFFER":"",e.reversedDepthBuffer?"#define USE_REVERSED_DEPTH_BUFFER":"","uniform mat4 viewMatrix;","uniform vec3 cameraPosition;","uniform bool isOrthographic;",e.toneMapping!==bs?"#define TONE_MAPPING":"",e.toneMapping!==bs?fe.tonemapping_pars_fragment:"",e.toneMapping!==bs?XE("toneMapping",e.toneMapping):"",e.dithering?"#define DITHERING":"",e.opaque?"#define OPAQUE":"",fe.colorspace_pars_fragment,HE("linearToOutputTexel",e.outputColorSpace),qE(),e.useDepthPacking?"#define DEPTH_PACKING "+e.depthPacking:"",`
`].filter(Ol).join(`
`)),o=yp(o),o=a_(o,e),o=l_(o,e),a=yp(a),a=a_(a,e),a=l_(a,e),o=c_(o),a=c_(a),e.isRawShaderMaterial!==!0&&(g=`#version 300 es
`,x=[f,"#define attribute in","#define varying out","#define texture2D texture"].join(`
`)+`
`+x,m=["#define varying in",e.glslVersion===rp?"":"layout(location = 0) out highp vec4 pc_fragColor;",e.glslVersion===rp?"":"#define gl_FragColor pc_fragColor","#define gl_FragDepthEXT gl_FragDepth","#define texture2D texture","#define textureCube texture","#define texture2DProj textureProj","#define texture2DLodEXT textureLod","#define texture2DProjLodEXT textureProjLod","#define textureCubeLodEXT textureLod","#define texture2DGradEXT textureGrad","#define texture2DProjGradEXT textureProjGrad","#define textureCubeGradEXT textureGrad"].join(`
`)+`
`+m);let b=g+x+o,T=g+m+a,v=s_(s,s.VERTEX_SHADER,b),R=s_(s,s.FRAGMENT_SHADER,T);s.attachShader(p,v),s.attachShader(p,R),e.index0AttributeName!==void 0?s.bindAttribLocation(p,0,e.index0AttributeName):e.hasPositionAttribute===!0&&s.bindAttribLocation(p,0,"position"),s.linkProgram(p);function E(I){if(n.debug.checkShaderErrors){let L=s.getProgramInfoLog(p)||"",B=s.getShaderInfoLog(v)||"",V=s.getShaderInfoLog(R)||"",N=L.trim(),H=B.trim(),Y=V.trim(),z=!0,at=!0;if(s.getProgramParameter(p,s.LINK_STATUS)===!1)if(z=!1,typeof n.debug.onShaderError=="function")n.debug.onShaderError(s,p,v,R);else{let Z=o_(s,v,"vertex"),j=o_(s,R,"fragment");jt("WebGLProgram: Shader Error "+s.getError()+" - VALIDATE_STATUS "+s.getProgramParameter(p,s.VALIDATE_STATUS)+`

Material Name: `+I.name+`
Material Type: `+I.type+`

Program Info Log: `+N+`
`+Z+`
`+j)}else N!==""?qt("WebGLProgram: Program Info Log:",N):(H===""||Y==="")&&(at=!1);at&&(I.diagnostics={runnable:z,programLog:N,vertexShader:{log:H,prefix:x},fragmentShader:{log:Y,prefix:m}})}s.deleteShader(v),s.deleteShader(R),_=new ca(s,p),A=ZE(s,p)}let _;this.getUniforms=function(){return _===void 0&&E(this),_};let A;this.getAttributes=function(){return A===void 0&&E(this),A};let O=e.rendererExtensionParallelShaderCompile===!1;return this.isReady=function(){return O===!1&&(O=s.getProgramParameter(p,kE)),O},this.destroy=function(){i.releaseStatesOfProgram(this),s.deleteProgram(p),this.program=void 0},this.type=e.shaderType,this.name=e.shaderName,this.id=zE++,this.cacheKey=t,this.usedTimes=1,this.program=p,this.vertexShader=v,this.fragmentShader=R,this}var aT=0,bp=class{constructor(){this.shaderCache=new Map,this.materialCache=new Map}update(t,e,i){let s=this._getShaderCacheForMaterial(t);return s.has(e)===!1&&(s.add(e),e.usedTimes++),s.has(i)===!1&&(s.add(i),i.usedTimes++),this}remove(t){let e=this.materialCache.get(t);for(let i of e)i.usedTimes--,i.usedTimes===0&&this.shaderCache.delete(i.code);return this.materialCache.delete(t),this}getVertexShaderStage(t){return this._getShaderStage(t.vertexShader)}getFragmentShaderStage(t){return this._getShaderStage(t.fragmentShader)}dispose(){this.shaderCache.clear(),this.materialCache.clear()}_getShaderCacheForMaterial(t){let e=this.materialCache,i=e.get(t);return i===void 0&&(i=new Set,e.set(t,i)),i}_getShaderStage(t){let e=this.shaderCache,i=e.get(t);return i===void 0&&(i=new vp(t),e.set(t,i)),i}},vp=class{constructor(t){this.id=aT++,this.code=t,this.usedTimes=0}};function lT(n){return n===Er||n===Ll||n===Nl}function cT(n,t,e,i,s,r){let o=new jo,a=new bp,c=new Set,l=[],h=new Map,u=i.logarithmicDepthBuffer,f={MeshDepthMaterial:"depth",MeshDistanceMaterial:"distance",MeshNormalMaterial:"normal",MeshBasicMaterial:"basic",MeshLambertMaterial:"lambert",MeshPhongMaterial:"phong",MeshToonMaterial:"toon",MeshStandardMaterial:"physical",MeshPhysicalMaterial:"physical",MeshMatcapMaterial:"matcap",LineBasicMaterial:"basic",LineDashedMaterial:"dashed",PointsMaterial:"points",ShadowMaterial:"shadow",SpriteMaterial:"sprite"};function d(_){return c.add(_),_===0?"uv":`uv${_}`}function p(_,A,O,I,L,B){let V=I.fog,N=L.geometry,H=_.isMeshStandardMaterial||_.isMeshLambertMaterial||_.isMeshPhongMaterial?I.environment:null,Y=_.isMeshStandardMaterial||_.isMeshLambertMaterial&&!_.envMap||_.isMeshPhongMaterial&&!_.envMap,z=t.get(_.envMap||H,Y),at=f[_.type],Z=i.precision;_.precision!==null&&(Z=i.getMaxPrecision(_.precision),Z!==_.precision&&qt("WebGLProgram.getParameters:",_.precision,"not supported, using",Z,"instead."));let j=N.morphAttributes.position||N.morphAttributes.normal||N.morphAttributes.color,st=j!==void 0?j.length:0,ft=0;N.morphAttributes.position!==void 0&&(ft=1),N.morphAttributes.normal!==void 0&&(ft=2),N.morphAttributes.color!==void 0&&(ft=3);let ut,tt,mt,_t;if(at){let Rt=ei[at];ut=Rt.vertexShader,tt=Rt.fragmentShader}else{ut=_.vertexShader,tt=_.fragmentShader;let Rt=a.getVertexShaderStage(_),le=a.getFragmentShaderStage(_);a.update(_,Rt,le),mt=Rt.id,_t=le.id}let Tt=n.getRenderTarget(),Mt=n.state.buffers.depth.getReversed(),Ht=L.isInstancedMesh===!0,se=L.isBatchedMesh===!0,Vt=!!_.map,de=!!_.matcap,he=!!z,ne=he&&z.isPMREMTexture===!0,$e=!!_.aoMap,ze=!!_.lightMap,on=!!_.bumpMap&&_.wireframe===!1,De=!!_.normalMap,Mn=!!_.displacementMap,be=!!_.emissiveMap,pn=!!_.metalnessMap,Ke=!!_.roughnessMap,an=_.anisotropy>0,F=_.clearcoat>0,Ct=_.diffuseRoughness>0,$t=_.dispersion>0,re=_.retroreflectivity>0,St=_.iridescence>0,Fe=_.sheen>0,zt=_.transmission>0,Xt=an&&!!_.anisotropyMap,C=F&&!!_.clearcoatMap,M=F&&!!_.clearcoatNormalMap,X=F&&!!_.clearcoatRoughnessMap,ht=Ct&&!!_.diffuseRoughnessMap,ot=St&&!!_.iridescenceMap,xt=St&&!!_.iridescenceThicknessMap,yt=Fe&&!!_.sheenColorMap,et=Fe&&!!_.sheenRoughnessMap,it=!!_.specularMap,pt=!!_.specularColorMap,U=!!_.specularIntensityMap,rt=zt&&!!_.transmissionMap,nt=zt&&!!_.thicknessMap,wt=!!_.gradientMap,gt=!!_.alphaMap,vt=_.alphaTest>0,Gt=!!_.alphaHash,Jt=!!_.extensions,ct=bs;_.toneMapped&&(Tt===null||Tt.isXRRenderTarget===!0)&&(ct=n.toneMapping);let Ot=ne?z.isCompressedCubeTexture?z.image[0].mipmaps:z.mipmaps:null,Kt={shaderID:at,shaderType:_.type,shaderName:_.name,vertexShader:ut,fragmentShader:tt,defines:_.defines,customVertexShaderID:mt,customFragmentShaderID:_t,isRawShaderMaterial:_.isRawShaderMaterial===!0,glslVersion:_.glslVersion,precision:Z,batching:se,batchingColor:se&&L._colorsTexture!==null,instancing:Ht,instancingColor:Ht&&L.instanceColor!==null,instancingMorph:Ht&&L.morphTexture!==null,outputColorSpace:Tt===null?n.outputColorSpace:Tt.isXRRenderTarget===!0?Tt.texture.colorSpace:_e.workingColorSpace,alphaToCoverage:!!_.alphaToCoverage,map:Vt,matcap:de,envMap:he,envMapMode:he&&z.mapping,envMapPMREM:ne,envMapMaxLod:ne?Ot.length-1:null,envMapSize:ne?Ot[0].width:null,aoMap:$e,lightMap:ze,bumpMap:on,normalMap:De,displacementMap:Mn,emissiveMap:be,normalMapObjectSpace:De&&_.normalMapType===Dx,normalMapTangentSpace:De&&_.normalMapType===Au,packedNormalMap:De&&_.normalMapType===Au&&lT(_.normalMap.format),metalnessMap:pn,roughnessMap:Ke,anisotropy:an,anisotropyMap:Xt,clearcoat:F,clearcoatMap:C,clearcoatNormalMap:M,clearcoatRoughnessMap:X,diffuseRoughness:Ct,diffuseRoughnessMap:ht,dispersion:$t,retroreflection:re,iridescence:St,iridescenceMap:ot,iridescenceThicknessMap:xt,sheen:Fe,sheenColorMap:yt,sheenRoughnessMap:et,specularMap:it,specularColorMap:pt,specularIntensityMap:U,transmission:zt,transmissionMap:rt,thicknessMap:nt,gradientMap:wt,opaque:_.transparent===!1&&_.blending===oa&&_.alphaToCoverage===!1,alphaMap:gt,alphaTest:vt,alphaHash:Gt,combine:_.combine,mapUv:Vt&&d(_.map.channel),aoMapUv:$e&&d(_.aoMap.channel),lightMapUv:ze&&d(_.lightMap.channel),bumpMapUv:on&&d(_.bumpMap.channel),normalMapUv:De&&d(_.normalMap.channel),displacementMapUv:Mn&&d(_.displacementMap.channel),emissiveMapUv:be&&d(_.emissiveMap.channel),metalnessMapUv:pn&&d(_.metalnessMap.channel),roughnessMapUv:Ke&&d(_.roughnessMap.channel),anisotropyMapUv:Xt&&d(_.anisotropyMap.channel),clearcoatMapUv:C&&d(_.clearcoatMap.channel),clearcoatNormalMapUv:M&&d(_.clearcoatNormalMap.channel),clearcoatRoughnessMapUv:X&&d(_.clearcoatRoughnessMap.channel),diffuseRoughnessMapUv:ht&&d(_.diffuseRoughnessMap.channel),iridescenceMapUv:ot&&d(_.iridescenceMap.channel),iridescenceThicknessMapUv:xt&&d(_.iridescenceThicknessMap.channel),sheenColorMapUv:yt&&d(_.sheenColorMap.channel),sheenRoughnessMapUv:et&&d(_.sheenRoughnessMap.channel),specularMapUv:it&&d(_.specularMap.channel),specularColorMapUv:pt&&d(_.specularColorMap.channel),specularIntensityMapUv:U&&d(_.specularIntensityMap.channel),transmissionMapUv:rt&&d(_.transmissionMap.channel),thicknessMapUv:nt&&d(_.thicknessMap.channel),alphaMapUv:gt&&d(_.alphaMap.channel),vertexTangents:!!N.attributes.tangent&&(De||an),vertexNormals:!!N.attributes.normal,vertexColors:_.vertexColors,vertexAlphas:_.vertexColors===!0&&!!N.attributes.color&&N.attributes.color.itemSize===4,pointsUvs:L.isPoints===!0&&!!N.attributes.uv&&(Vt||gt),fog:!!V,useFog:_.fog===!0,fogExp2:!!V&&V.isFogExp2,flatShading:_.wireframe===!1&&(_.flatShading===!0||N.attributes.normal===void 0&&De===!1&&(_.isMeshLambertMaterial||_.isMeshPhongMaterial||_.isMeshStandardMaterial||_.isMeshPhysicalMaterial)),sizeAttenuation:_.sizeAttenuation===!0,logarithmicDepthBuffer:u,reversedDepthBuffer:Mt,skinning:L.isSkinnedMesh===!0,hasPositionAttribute:N.attributes.position!==void 0,morphTargets:N.morphAttributes.position!==void 0,morphNormals:N.morphAttributes.normal!==void 0,morphColors:N.morphAttributes.color!==void 0,morphTargetsCount:st,morphTextureStride:ft,numSunLights:A.sun.length,numDirLights:A.directional.length,numPointLights:A.point.length,numSpotLights:A.spot.length,numSpotLightMaps:A.spotLightMap.length,numRectAreaLights:A.rectArea.length,numHemiLights:A.hemi.length,numSunLightShadows:A.sunShadowMap.length,numDirLightShadows:A.directionalShadowMap.length,numPointLightShadows:A.pointShadowMap.length,numSpotLightShadows:A.spotShadowMap.length,numSpotLightShadowsWithMaps:A.numSpotLightShadowsWithMaps,numLightProbes:A.numLightProbes,numLightProbeGrids:B.filter(Rt=>Rt.texture!==null).length,numClippingPlanes:r.numPlanes,numClipIntersection:r.numIntersection,dithering:_.dithering,shadowMapEnabled:n.shadowMap.enabled&&O.length>0,shadowMapType:n.shadowMap.type,toneMapping:ct,decodeVideoTexture:Vt&&_.map.isVideoTexture===!0&&_e.getTransfer(_.map.colorSpace)===Re,decodeVideoTextureEmissive:be&&_.emissiveMap.isVideoTexture===!0&&_e.getTransfer(_.emissiveMap.colorSpace)===Re,premultipliedAlpha:_.premultipliedAlpha,doubleSided:_.side===Ui,flipSided:_.side===ti,useDepthPacking:_.depthPacking>=0,depthPacking:_.depthPacking||0,index0AttributeName:_.index0AttributeName,extensionClipCullDistance:Jt&&_.extensions.clipCullDistance===!0&&e.has("WEBGL_clip_cull_distance"),extensionMultiDraw:(Jt&&_.extensions.multiDraw===!0||se)&&e.has("WEBGL_multi_draw"),rendererExtensionParallelShaderCompile:e.has("KHR_parallel_shader_compile"),customProgramCacheKey:_.customProgramCacheKey()};return Kt.vertexUv1s=c.has(1),Kt.vertexUv2s=c.has(2),Kt.vertexUv3s=c.has(3),c.clear(),Kt}function x(_){let A=[];if(_.shaderID?A.push(_.shaderID):(A.push(_.customVertexShaderID),A.push(_.customFragmentShaderID)),_.defines!==void 0)for(let O in _.defines)A.push(O),A.push(_.defines[O]);return _.isRawShaderMaterial===!1&&(m(A,_),g(A,_),A.push(n.outputColorSpace)),A.push(_.customProgramCacheKey),A.join()}function m(_,A){_.push(A.precision),_.push(A.outputColorSpace),_.push(A.envMapMode),_.push(A.envMapPMREM),_.push(A.envMapMaxLod),_.push(A.envMapSize),_.push(A.mapUv),_.push(A.alphaMapUv),_.push(A.lightMapUv),_.push(A.aoMapUv),_.push(A.bumpMapUv),_.push(A.normalMapUv),_.push(A.displacementMapUv),_.push(A.emissiveMapUv),_.push(A.metalnessMapUv),_.push(A.roughnessMapUv),_.push(A.anisotropyMapUv),_.push(A.clearcoatMapUv),_.push(A.clearcoatNormalMapUv),_.push(A.clearcoatRoughnessMapUv),_.push(A.diffuseRoughnessMapUv),_.push(A.iridescenceMapUv),_.push(A.iridescenceThicknessMapUv),_.push(A.sheenColorMapUv),_.push(A.sheenRoughnessMapUv),_.push(A.specularMapUv),_.push(A.specularColorMapUv),_.push(A.specularIntensityMapUv),_.push(A.transmissionMapUv),_.push(A.thicknessMapUv),_.push(A.combine),_.push(A.fogExp2),_.push(A.sizeAttenuation),_.push(A.morphTargetsCount),_.push(A.numSunLights),_.push(A.numDirLights),_.push(A.numPointLights),_.push(A.numSpotLights),_.push(A.numSpotLightMaps),_.push(A.numHemiLights),_.push(A.numRectAreaLights),_.push(A.numSunLightShadows),_.push(A.numDirLightShadows),_.push(A.numPointLightShadows),_.push(A.numSpotLightShadows),_.push(A.numSpotLightShadowsWithMaps),_.push(A.numLightProbes),_.push(A.numLightProbeGrids),_.push(A.shadowMapType),_.push(A.toneMapping),_.push(A.numClippingPlanes),_.push(A.numClipIntersection),_.push(A.depthPacking)}function g(_,A){o.disableAll(),A.instancing&&o.enable(0),A.instancingColor&&o.enable(1),A.instancingMorph&&o.enable(2),A.matcap&&o.enable(3),A.envMap&&o.enable(4),A.normalMapObjectSpace&&o.enable(5),A.normalMapTangentSpace&&o.enable(6),A.clearcoat&&o.enable(7),A.iridescence&&o.enable(8),A.alphaTest&&o.enable(9),A.vertexColors&&o.enable(10),A.vertexAlphas&&o.enable(11),A.vertexUv1s&&o.enable(12),A.vertexUv2s&&o.enable(13),A.vertexUv3s&&o.enable(14),A.vertexTangents&&o.enable(15),A.anisotropy&&o.enable(16),A.alphaHash&&o.enable(17),A.batching&&o.enable(18),A.dispersion&&o.enable(19),A.retroreflection&&o.enable(24),A.diffuseRoughness&&o.enable(25),A.batchingColor&&o.enable(20),A.gradientMap&&o.enable(21),A.packedNormalMap&&o.enable(22),A.vertexNormals&&o.enable(23),_.push(o.mask),o.disableAll(),A.fog&&o.enable(0),A.useFog&&o.enable(1),A.flatShading&&o.enable(2),A.logarithmicDepthBuffer&&o.enable(3),A.reversedDepthBuffer&&o.enable(4),A.skinning&&o.enable(5),A.morphTargets&&o.enable(6),A.morphNormals&&o.enable(7),A.morphColors&&o.enable(8),A.premultipliedAlpha&&o.enable(9),A.shadowMapEnabled&&o.enable(10),A.doubleSided&&o.enable(11),A.flipSided&&o.enable(12),A.useDepthPacking&&o.enable(13),A.dithering&&o.enable(14),A.transmission&&o.enable(15),A.sheen&&o.enable(16),A.opaque&&o.enable(17),A.pointsUvs&&o.enable(18),A.decodeVideoTexture&&o.enable(19),A.decodeVideoTextureEmissive&&o.enable(20),A.alphaToCoverage&&o.enable(21),A.numLightProbeGrids>0&&o.enable(22),A.hasPositionAttribute&&o.enable(23),_.push(o.mask)}function b(_){let A=f[_.type],O;if(A){let I=ei[A];O=Ul.clone(I.uniforms)}else O=_.uniforms;return O}function T(_,A){let O=h.get(A);return O!==void 0?++O.usedTimes:(O=new oT(n,A,_,s),l.push(O),h.set(A,O)),O}function v(_){if(--_.usedTimes===0){let A=l.indexOf(_);l[A]=l[l.length-1],l.pop(),h.delete(_.cacheKey),_.destroy()}}function R(_){a.remove(_)}function E(){a.dispose()}return{getParameters:p,getProgramCacheKey:x,getUniforms:b,acquireProgram:T,releaseProgram:v,releaseShaderCache:R,programs:l,dispose:E}}function hT(){let n=new WeakMap;function t(o){return n.has(o)}function e(o){let a=n.get(o);return a===void 0&&(a={},n.set(o,a)),a}function i(o){n.delete(o)}function s(o,a,c){n.get(o)[a]=c}function r(){n=new WeakMap}return{has:t,get:e,remove:i,update:s,dispose:r}}function uT(n,t){return n.groupOrder!==t.groupOrder?n.groupOrder-t.groupOrder:n.renderOrder!==t.renderOrder?n.renderOrder-t.renderOrder:n.material.id!==t.material.id?n.material.id-t.material.id:n.materialVariant!==t.materialVariant?n.materialVariant-t.materialVariant:n.z!==t.z?n.z-t.z:n.id-t.id}function u_(n,t){return n.groupOrder!==t.groupOrder?n.groupOrder-t.groupOrder:n.renderOrder!==t.renderOrder?n.renderOrder-t.renderOrder:n.z!==t.z?t.z-n.z:n.id-t.id}function f_(){let n=[],t=0,e=[],i=[],s=[];function r(){t=0,e.length=0,i.length=0,s.length=0}function o(f){let d=0;return f.isInstancedMesh&&(d+=2),f.isSkinnedMesh&&(d+=1),d}function a(f,d,p,x,m,g){let b=n[t];return b===void 0?(b={id:f.id,object:f,geometry:d,material:p,materialVariant:o(f),groupOrder:x,renderOrder:f.renderOrder,z:m,group:g},n[t]=b):(b.id=f.id,b.object=f,b.geometry=d,b.material=p,b.materialVariant=o(f),b.groupOrder=x,b.renderOrder=f.renderOrder,b.z=m,b.group=g),t++,b}function c(f,d,p,x,m,g,b){b.reversedDepth===!0&&(m=-m);let T=a(f,d,p,x,m,g);p.transmission>0?i.push(T):p.transparent===!0?s.push(T):e.push(T)}function l(f,d,p,x,m,g){let b=a(f,d,p,x,m,g);p.transmission>0?i.unshift(b):p.transparent===!0?s.unshift(b):e.unshift(b)}function h(f,d){e.length>1&&e.sort(f||uT),i.length>1&&i.sort(d||u_),s.length>1&&s.sort(d||u_)}function u(){for(let f=t,d=n.length;f<d;f++){let p=n[f];if(p.id===null)break;p.id=null,p.object=null,p.geometry=null,p.material=null,p.group=null}}return{opaque:e,transmissive:i,transparent:s,init:r,push:c,unshift:l,finish:u,sort:h}}function fT(){let n=new WeakMap;function t(i,s){let r=n.get(i),o;return r===void 0?(o=new f_,n.set(i,[o])):s>=r.length?(o=new f_,r.push(o)):o=r[s],o}function e(){n=new WeakMap}return{get:t,dispose:e}}function dT(){let n={};return{get:function(t){if(n[t.id]!==void 0)return n[t.id];let e;switch(t.type){case"SunLight":case"DirectionalLight":e={direction:new W,color:new ae};break;case"SpotLight":e={position:new W,direction:new W,color:new ae,distance:0,coneCos:0,penumbraCos:0,decay:0};break;case"PointLight":e={position:new W,color:new ae,distance:0,decay:0};break;case"HemisphereLight":e={direction:new W,skyColor:new ae,groundColor:new ae};break;case"RectAreaLight":e={color:new ae,position:new W,halfWidth:new W,halfHeight:new W};break}return n[t.id]=e,e}}}function pT(){let n={};return{get:function(t){if(n[t.id]!==void 0)return n[t.id];let e;switch(t.type){case"SunLight":case"DirectionalLight":e={shadowIntensity:1,shadowBias:0,shadowNormalBias:0,shadowRadius:1,shadowMapSize:new Yt};break;case"SpotLight":e={shadowIntensity:1,shadowBias:0,shadowNormalBias:0,shadowRadius:1,shadowMapSize:new Yt};break;case"PointLight":e={shadowIntensity:1,shadowBias:0,shadowNormalBias:0,shadowRadius:1,shadowMapSize:new Yt,shadowCameraNear:1,shadowCameraFar:1e3};break}return n[t.id]=e,e}}}var mT=0;function gT(n,t){return(t.castShadow?2:0)-(n.castShadow?2:0)+(t.map?1:0)-(n.map?1:0)}function xT(n){let t=new dT,e=pT(),i={version:0,hash:{sunLength:-1,directionalLength:-1,pointLength:-1,spotLength:-1,rectAreaLength:-1,hemiLength:-1,numSunShadows:-1,numDirectionalShadows:-1,numPointShadows:-1,numSpotShadows:-1,numSpotMaps:-1,numLightProbes:-1},ambient:[0,0,0],probe:[],sun:[],sunShadow:[],sunShadowMap:[],sunShadowMatrix:[],sunShadowCascade:[],directional:[],directionalShadow:[],directionalShadowMap:[],directionalShadowMatrix:[],spot:[],spotLightMap:[],spotShadow:[],spotShadowMap:[],spotLightMatrix:[],rectArea:[],rectAreaLTC1:null,rectAreaLTC2:null,point:[],pointShadow:[],pointShadowMap:[],pointShadowMatrix:[],hemi:[],numSpotLightShadowsWithMaps:0,numLightProbes:0};for(let l=0;l<9;l++)i.probe.push(new W);let s=new W,r=new ve,o=new ve;function a(l){let h=0,u=0,f=0;for(let B=0;B<9;B++)i.probe[B].set(0,0,0);let d=0,p=0,x=0,m=0,g=0,b=0,T=0,v=0,R=0,E=0,_=0,A=0,O=0,I=0;l.sort(gT);for(let B=0,V=l.length;B<V;B++){let N=l[B],H=N.color,Y=N.intensity,z=N.distance,at=null;if(N.shadow&&N.shadow.map&&(N.shadow.map.texture.format===Er?at=N.shadow.map.texture:at=N.shadow.map.depthTexture||N.shadow.map.texture),N.isAmbientLight)h+=H.r*Y,u+=H.g*Y,f+=H.b*Y;else if(N.isLightProbe){for(let Z=0;Z<9;Z++)i.probe[Z].addScaledVector(N.sh.coefficients[Z],Y);I++}else if(N.isSunLight){let Z=t.get(N);if(Z.color.copy(N.color).multiplyScalar(N.intensity),N.castShadow){let j=N.shadow,st=e.get(N);st.shadowIntensity=j.intensity,st.shadowBias=j.bias,st.shadowNormalBias=j.normalBias,st.shadowRadius=j.radius,st.shadowMapSize.copy(j.mapSize).multiply(j.getFrameExtents()),i.sunShadow[p]=st,i.sunShadowMap[p]=at;let ft=j.getViewportCount();for(let ut=0;ut<ft;ut++)i.sunShadowMatrix[x+ut]=j.getMatrix(ut),i.sunShadowCascade[x+ut]=j._cascadeData[ut];x+=ft,p++}i.sun[d]=Z,d++}else if(N.isDirectionalLight){let Z=t.get(N);if(Z.color.copy(N.color).multiplyScalar(N.intensity),N.castShadow){let j=N.shadow,st=e.get(N);st.shadowIntensity=j.intensity,st.shadowBias=j.bias,st.shadowNormalBias=j.normalBias,st.shadowRadius=j.radius,st.shadowMapSize=j.mapSize,i.directionalShadow[m]=st,i.directionalShadowMap[m]=at,i.directionalShadowMatrix[m]=N.shadow.matrix,R++}i.directional[m]=Z,m++}else if(N.isSpotLight){let Z=t.get(N);Z.position.setFromMatrixPosition(N.matrixWorld),Z.color.copy(H).multiplyScalar(Y),Z.distance=z,Z.coneCos=Math.cos(N.angle),Z.penumbraCos=Math.cos(N.angle*(1-N.penumbra)),Z.decay=N.decay,i.spot[b]=Z;let j=N.shadow;if(N.map&&(i.spotLightMap[A]=N.map,A++,j.updateMatrices(N),N.castShadow&&O++),i.spotLightMatrix[b]=j.matrix,N.castShadow){let st=e.get(N);st.shadowIntensity=j.intensity,st.shadowBias=j.bias,st.shadowNormalBias=j.normalBias,st.shadowRadius=j.radius,st.shadowMapSize=j.mapSize,i.spotShadow[b]=st,i.spotShadowMap[b]=at,_++}b++}else if(N.isRectAreaLight){let Z=t.get(N);Z.color.copy(H).multiplyScalar(Y),Z.halfWidth.set(N.width*.5,0,0),Z.halfHeight.set(0,N.height*.5,0),i.rectArea[T]=Z,T++}else if(N.isPointLight){let Z=t.get(N);if(Z.color.copy(N.color).multiplyScalar(N.intensity),Z.distance=N.distance,Z.decay=N.decay,N.castShadow){let j=N.shadow,st=e.get(N);st.shadowIntensity=j.intensity,st.shadowBias=j.bias,st.shadowNormalBias=j.normalBias,st.shadowRadius=j.radius,st.shadowMapSize=j.mapSize,st.shadowCameraNear=j.camera.near,st.shadowCameraFar=j.camera.far,i.pointShadow[g]=st,i.pointShadowMap[g]=at,i.pointShadowMatrix[g]=N.shadow.matrix,E++}i.point[g]=Z,g++}else if(N.isHemisphereLight){let Z=t.get(N);Z.skyColor.copy(N.color).multiplyScalar(Y),Z.groundColor.copy(N.groundColor).multiplyScalar(Y),i.hemi[v]=Z,v++}}T>0&&(n.has("OES_texture_float_linear")===!0?(i.rectAreaLTC1=Pt.LTC_FLOAT_1,i.rectAreaLTC2=Pt.LTC_FLOAT_2):(i.rectAreaLTC1=Pt.LTC_HALF_1,i.rectAreaLTC2=Pt.LTC_HALF_2)),i.ambient[0]=h,i.ambient[1]=u,i.ambient[2]=f;let L=i.hash;(L.sunLength!==d||L.directionalLength!==m||L.pointLength!==g||L.spotLength!==b||L.rectAreaLength!==T||L.hemiLength!==v||L.numSunShadows!==p||L.numDirectionalShadows!==R||L.numPointShadows!==E||L.numSpotShadows!==_||L.numSpotMaps!==A||L.numLightProbes!==I)&&(i.sun.length=d,i.directional.length=m,i.spot.length=b,i.rectArea.length=T,i.point.length=g,i.hemi.length=v,i.sunShadow.length=p,i.sunShadowMap.length=p,i.sunShadowMatrix.length=x,i.sunShadowCascade.length=x,i.directionalShadow.length=R,i.directionalShadowMap.length=R,i.directionalShadowMatrix.length=R,i.pointShadow.length=E,i.pointShadowMap.length=E,i.pointShadowMatrix.length=E,i.spotShadow.length=_,i.spotShadowMap.length=_,i.spotLightMatrix.length=_+A-O,i.spotLightMap.length=A,i.numSpotLightShadowsWithMaps=O,i.numLightProbes=I,L.sunLength=d,L.directionalLength=m,L.pointLength=g,L.spotLength=b,L.rectAreaLength=T,L.hemiLength=v,L.numSunShadows=p,L.numDirectionalShadows=R,L.numPointShadows=E,L.numSpotShadows=_,L.numSpotMaps=A,L.numLightProbes=I,i.version=mT++)}function c(l,h){let u=0,f=0,d=0,p=0,x=0,m=0,g=h.matrixWorldInverse;for(let b=0,T=l.length;b<T;b++){let v=l[b];if(v.isSunLight){let R=i.sun[u];R.direction.setFromMatrixPosition(v.matrixWorld),R.direction.transformDirection(g),u++}else if(v.isDirectionalLight){let R=i.directional[f];R.direction.setFromMatrixPosition(v.matrixWorld),s.setFromMatrixPosition(v.target.matrixWorld),R.direction.sub(s),R.direction.transformDirection(g),f++}else if(v.isSpotLight){let R=i.spot[p];R.position.setFromMatrixPosition(v.matrixWorld),R.position.applyMatrix4(g),R.direction.setFromMatrixPosition(v.matrixWorld),s.setFromMatrixPosition(v.target.matrixWorld),R.direction.sub(s),R.direction.transformDirection(g),p++}else if(v.isRectAreaLight){let R=i.rectArea[x];R.position.setFromMatrixPosition(v.matrixWorld),R.position.applyMatrix4(g),o.identity(),r.copy(v.matrixWorld),r.premultiply(g),o.extractRotation(r),R.halfWidth.set(v.width*.5,0,0),R.halfHeight.set(0,v.height*.5,0),R.halfWidth.applyMatrix4(o),R.halfHeight.applyMatrix4(o),x++}else if(v.isPointLight){let R=i.point[d];R.position.setFromMatrixPosition(v.matrixWorld),R.position.applyMatrix4(g),d++}else if(v.isHemisphereLight){let R=i.hemi[m];R.direction.setFromMatrixPosition(v.matrixWorld),R.direction.transformDirection(g),m++}}}return{setup:a,setupView:c,state:i}}function d_(n){let t=new xT(n),e=[],i=[],s=[];function r(u){h.camera=u,e.length=0,i.length=0,s.length=0}function o(u){u.isLightProbeGrid?s.push(u):e.push(u)}function a(u){i.push(u)}function c(){t.setup(e),s.sort((u,f)=>u.priority-f.priority||u.id-f.id)}function l(u){t.setupView(e,u)}let h={lightsArray:e,shadowsArray:i,lightProbeGridArray:s,camera:null,lights:t,transmissionRenderTarget:{},textureUnits:0};return{init:r,state:h,setupLights:c,setupLightsView:l,pushLight:o,pushShadow:a}}function _T(n){let t=new WeakMap;function e(s,r=0){let o=t.get(s),a;return o===void 0?(a=new d_(n),t.set(s,[a])):r>=o.length?(a=new d_(n),o.push(a)):a=o[r],a}function i(){t=new WeakMap}return{get:e,dispose:i}}var yT=`void main() {
	gl_Position = vec4( position, 1.0 );
}`,bT=`uniform sampler2D shadow_pass;
uniform vec2 resolution;
uniform float radius;
void main() {
	const float samples = float( VSM_SAMPLES );
	float mean = 0.0;
	float squared_mean = 0.0;
	float uvStride = samples <= 1.0 ? 0.0 : 2.0 / ( samples - 1.0 );
	float uvStart = samples <= 1.0 ? 0.0 : - 1.0;
	for ( float i = 0.0; i < samples; i ++ ) {
		float uvOffset = uvStart + i * uvStride;
		#ifdef HORIZONTAL_PASS
			vec2 distribution = texture2D( shadow_pass, ( gl_FragCoord.xy + vec2( uvOffset, 0.0 ) * radius ) / resolution ).rg;
			mean += distribution.x;
			squared_mean += distribution.y * distribution.y + distribution.x * distribution.x;
		#else
			float depth = texture2D( shadow_pass, ( gl_FragCoord.xy + vec2( 0.0, uvOffset ) * radius ) / resolution ).r;
			mean += depth;
			squared_mean += depth * depth;
		#endif
	}
	mean = mean / samples;
	squared_mean = squared_mean / samples;
	float std_dev = sqrt( max( 0.0, squared_mean - mean * mean ) );
	gl_FragColor = vec4( mean, std_dev, 0.0, 1.0 );
}`,vT=[new W(1,0,0),new W(-1,0,0),new W(0,1,0),new W(0,-1,0),new W(0,0,1),new W(0,0,-1)],MT=[new W(0,-1,0),new W(0,-1,0),new W(0,0,1),new W(0,0,-1),new W(0,-1,0),new W(0,-1,0)],p_=new ve,Fl=new W,mp=new W;function ST(n,t,e){let i=new _r,s=new Yt,r=new Yt,o=new Ce,a=new wh,c=new Ah,l={},h=e.maxTextureSize,u={[Ar]:ti,[ti]:Ar,[Ui]:Ui},f=new Di({defines:{VSM_SAMPLES:8},uniforms:{shadow_pass:{value:null},resolution:{value:new Yt},radius:{value:4}},vertexShader:yT,fragmentShader:bT}),d=f.clone();d.defines.HORIZONTAL_PASS=1;let p=new zn;p.setAttribute("position",new Kn(new Float32Array([-1,-1,.5,3,-1,.5,-1,3,.5]),3));let x=new Pn(p,f),m=this;this.enabled=!1,this.autoUpdate=!0,this.needsUpdate=!1,this.type=El;let g=this.type;this.render=function(E,_,A){if(m.enabled===!1||m.autoUpdate===!1&&m.needsUpdate===!1||E.length===0)return;this.type===ux&&(qt("WebGLShadowMap: PCFSoftShadowMap has been removed. Using PCFShadowMap instead."),this.type=El);let O=n.getRenderTarget(),I=n.getActiveCubeFace(),L=n.getActiveMipmapLevel(),B=n.state;B.setBlending($r),B.buffers.depth.getReversed()===!0?B.buffers.color.setClear(0,0,0,0):B.buffers.color.setClear(1,1,1,1),B.buffers.depth.setTest(!0),B.setScissorTest(!1);let V=g!==this.type;V&&_.traverse(function(N){N.material&&(Array.isArray(N.material)?N.material.forEach(H=>H.needsUpdate=!0):N.material.needsUpdate=!0)});for(let N=0,H=E.length;N<H;N++){let Y=E[N],z=Y.shadow;if(z===void 0){qt("WebGLShadowMap:",Y,"has no shadow.");continue}if(z.autoUpdate===!1&&z.needsUpdate===!1)continue;s.copy(z.mapSize);let at=z.getFrameExtents();s.multiply(at),r.copy(z.mapSize),(s.x>h||s.y>h)&&(s.x>h&&(r.x=Math.floor(h/at.x),s.x=r.x*at.x,z.mapSize.x=r.x),s.y>h&&(r.y=Math.floor(h/at.y),s.y=r.y*at.y,z.mapSize.y=r.y));let Z=n.state.buffers.depth.getReversed();if(z.camera._reversedDepth=Z,z.map===null||V===!0){if(z.map!==null&&(z.map.depthTexture!==null&&(z.map.depthTexture.dispose(),z.map.depthTexture=null),z.map.dispose()),this.type===ra){if(Y.isPointLight){qt("WebGLShadowMap: VSM shadow maps are not supported for PointLights. Use PCF or BasicShadowMap instead.");continue}z.map=new bi(s.x,s.y,{format:Er,type:Qi,minFilter:jn,magFilter:jn,generateMipmaps:!1}),z.map.texture.name=Y.name+".shadowMap",z.map.depthTexture=new Zs(s.x,s.y,Fi),z.map.depthTexture.name=Y.name+".shadowMapDepth",z.map.depthTexture.format=qs,z.map.depthTexture.compareFunction=null,z.map.depthTexture.minFilter=Cn,z.map.depthTexture.magFilter=Cn}else Y.isPointLight?(z.map=new Bl(s.x),z.map.depthTexture=new ul(s.x,ji)):(z.map=new bi(s.x,s.y),z.map.depthTexture=new Zs(s.x,s.y,ji)),z.map.depthTexture.name=Y.name+".shadowMap",z.map.depthTexture.format=qs,this.type===El?(z.map.depthTexture.compareFunction=Z?np:ep,z.map.depthTexture.minFilter=jn,z.map.depthTexture.magFilter=jn):(z.map.depthTexture.compareFunction=null,z.map.depthTexture.minFilter=Cn,z.map.depthTexture.magFilter=Cn);z.camera.updateProjectionMatrix()}z.map.isWebGLCubeRenderTarget!==!0&&(z.map.width!==s.x||z.map.height!==s.y)&&z.map.setSize(s.x,s.y);let j=z.map.isWebGLCubeRenderTarget?6:z.getViewportCount();Y.isPointLight!==!0&&z.updateMatrices(Y,A);let st=(z.camera.layers.mask&4294967294)!==0?z.camera.layers:A.layers;for(let ft=0;ft<j;ft++){let ut=z.getCamera(ft);if(Y.isPointLight){let tt=z.camera,mt=z.matrix,_t=Y.distance||tt.far;_t!==tt.far&&(tt.far=_t,tt.updateProjectionMatrix()),Fl.setFromMatrixPosition(Y.matrixWorld),tt.position.copy(Fl),mp.copy(tt.position),mp.add(vT[ft]),tt.up.copy(MT[ft]),tt.lookAt(mp),tt.updateMatrixWorld(),mt.makeTranslation(-Fl.x,-Fl.y,-Fl.z),p_.multiplyMatrices(tt.projectionMatrix,tt.matrixWorldInverse),z._frustum.setFromProjectionMatrix(p_,tt.coordinateSystem,tt.reversedDepth)}if(z.map.isWebGLCubeRenderTarget)n.setRenderTarget(z.map,ft),n.clear();else{ft===0&&(n.setRenderTarget(z.map),n.clear());let tt=z.getViewport(ft);o.set(r.x*tt.x,r.y*tt.y,r.x*tt.z,r.y*tt.w),B.viewport(o)}i=z.getFrustum(ft),v(_,A,ut,Y,st,this.type)}z.isPointLightShadow!==!0&&this.type===ra&&b(z,A),z.needsUpdate=!1}g=this.type,m.needsUpdate=!1,n.setRenderTarget(O,I,L)};function b(E,_){let A=t.update(x);f.defines.VSM_SAMPLES!==E.blurSamples&&(f.defines.VSM_SAMPLES=E.blurSamples,d.defines.VSM_SAMPLES=E.blurSamples,f.needsUpdate=!0,d.needsUpdate=!0),E.mapPass===null?E.mapPass=new bi(s.x,s.y,{format:Er,type:Qi}):(E.mapPass.width!==E.map.width||E.mapPass.height!==E.map.height)&&E.mapPass.setSize(E.map.width,E.map.height),f.uniforms.shadow_pass.value=E.map.depthTexture,f.uniforms.resolution.value.set(E.map.width,E.map.height),f.uniforms.radius.value=E.radius,n.setRenderTarget(E.mapPass),n.clear(),n.renderBufferDirect(_,null,A,f,x,null),d.uniforms.shadow_pass.value=E.mapPass.texture,d.uniforms.resolution.value.set(E.map.width,E.map.height),d.uniforms.radius.value=E.radius,n.setRenderTarget(E.map),n.clear(),n.renderBufferDirect(_,null,A,d,x,null)}function T(E,_,A,O){let I=null,L=A.isPointLight===!0?E.customDistanceMaterial:E.customDepthMaterial;if(L!==void 0)I=L;else if(I=A.isPointLight===!0?c:a,n.localClippingEnabled&&_.clipShadows===!0&&Array.isArray(_.clippingPlanes)&&_.clippingPlanes.length!==0||_.displacementMap&&_.displacementScale!==0||_.alphaMap&&_.alphaTest>0||_.map&&_.alphaTest>0||_.alphaToCoverage===!0){let B=I.uuid,V=_.uuid,N=l[B];N===void 0&&(N={},l[B]=N);let H=N[V];H===void 0&&(H=I.clone(),N[V]=H,_.addEventListener("dispose",R)),I=H}if(I.visible=_.visible,I.wireframe=_.wireframe,O===ra?I.side=_.shadowSide!==null?_.shadowSide:_.side:I.side=_.shadowSide!==null?_.shadowSide:u[_.side],I.alphaMap=_.alphaMap,I.alphaTest=_.alphaToCoverage===!0?.5:_.alphaTest,I.map=_.map,I.clipShadows=_.clipShadows,I.clippingPlanes=_.clippingPlanes,I.clipIntersection=_.clipIntersection,I.displacementMap=_.displacementMap,I.displacementScale=_.displacementScale,I.displacementBias=_.displacementBias,I.wireframeLinewidth=_.wireframeLinewidth,I.linewidth=_.linewidth,A.isPointLight===!0&&I.isMeshDistanceMaterial===!0){let B=n.properties.get(I);B.light=A}return I}function v(E,_,A,O,I,L){if(E.visible===!1)return;if(E.layers.test(I)&&(E.isMesh||E.isLine||E.isPoints)&&(E.castShadow||E.receiveShadow&&L===ra)&&(!E.frustumCulled||E.intersectsFrustum(i))){E.modelViewMatrix.multiplyMatrices(A.matrixWorldInverse,E.matrixWorld);let N=t.update(E),H=E.material;if(Array.isArray(H)){let Y=N.groups;for(let z=0,at=Y.length;z<at;z++){let Z=Y[z],j=H[Z.materialIndex];if(j&&j.visible){let st=T(E,j,O,L);E.onBeforeShadow(n,E,_,A,N,st,Z),n.renderBufferDirect(A,null,N,st,E,Z),E.onAfterShadow(n,E,_,A,N,st,Z)}}}else if(H.visible){let Y=T(E,H,O,L);E.onBeforeShadow(n,E,_,A,N,Y,null),n.renderBufferDirect(A,null,N,Y,E,null),E.onAfterShadow(n,E,_,A,N,Y,null)}}let V=E.children;for(let N=0,H=V.length;N<H;N++)v(V[N],_,A,O,I,L)}function R(E){E.target.removeEventListener("dispose",R);for(let A in l){let O=l[A],I=E.target.uuid;I in O&&(O[I].dispose(),delete O[I])}}}function wT(n,t){function e(){let U=!1,rt=new Ce,nt=null,wt=new Ce(0,0,0,0);return{setMask:function(gt){nt!==gt&&!U&&(n.colorMask(gt,gt,gt,gt),nt=gt)},setLocked:function(gt){U=gt},setClear:function(gt,vt,Gt,Jt,ct){ct===!0&&(gt*=Jt,vt*=Jt,Gt*=Jt),rt.set(gt,vt,Gt,Jt),wt.equals(rt)===!1&&(n.clearColor(gt,vt,Gt,Jt),wt.copy(rt))},reset:function(){U=!1,nt=null,wt.set(-1,0,0,0)}}}function i(){let U=!1,rt=!1,nt=null,wt=null,gt=null;return{setReversed:function(vt){if(rt!==vt){let Gt=t.get("EXT_clip_control");vt?Gt.clipControlEXT(Gt.LOWER_LEFT_EXT,Gt.ZERO_TO_ONE_EXT):Gt.clipControlEXT(Gt.LOWER_LEFT_EXT,Gt.NEGATIVE_ONE_TO_ONE_EXT),rt=vt;let Jt=gt;gt=null,this.setClear(Jt)}},getReversed:function(){return rt},setTest:function(vt){vt?Mt(n.DEPTH_TEST):Ht(n.DEPTH_TEST)},setMask:function(vt){nt!==vt&&!U&&(n.depthMask(vt),nt=vt)},setFunc:function(vt){if(rt&&(vt=Wx[vt]),wt!==vt){switch(vt){case rh:n.depthFunc(n.NEVER);break;case oh:n.depthFunc(n.ALWAYS);break;case ah:n.depthFunc(n.LESS);break;case $o:n.depthFunc(n.LEQUAL);break;case lh:n.depthFunc(n.EQUAL);break;case ch:n.depthFunc(n.GEQUAL);break;case hh:n.depthFunc(n.GREATER);break;case uh:n.depthFunc(n.NOTEQUAL);break;default:n.depthFunc(n.LEQUAL)}wt=vt}},setLocked:function(vt){U=vt},setClear:function(vt){gt!==vt&&(gt=vt,rt&&(vt=1-vt),n.clearDepth(vt))},reset:function(){U=!1,nt=null,wt=null,gt=null,rt=!1}}}function s(){let U=!1,rt=null,nt=null,wt=null,gt=null,vt=null,Gt=null,Jt=null,ct=null;return{setTest:function(Ot){U||(Ot?Mt(n.STENCIL_TEST):Ht(n.STENCIL_TEST))},setMask:function(Ot){rt!==Ot&&!U&&(n.stencilMask(Ot),rt=Ot)},setFunc:function(Ot,Kt,Rt){(nt!==Ot||wt!==Kt||gt!==Rt)&&(n.stencilFunc(Ot,Kt,Rt),nt=Ot,wt=Kt,gt=Rt)},setOp:function(Ot,Kt,Rt){(vt!==Ot||Gt!==Kt||Jt!==Rt)&&(n.stencilOp(Ot,Kt,Rt),vt=Ot,Gt=Kt,Jt=Rt)},setLocked:function(Ot){U=Ot},setClear:function(Ot){ct!==Ot&&(n.clearStencil(Ot),ct=Ot)},reset:function(){U=!1,rt=null,nt=null,wt=null,gt=null,vt=null,Gt=null,Jt=null,ct=null}}}let r=new e,o=new i,a=new s,c={},l=new WeakMap,h={},u={},f={},d=new WeakMap,p=[],x=null,m=!1,g=null,b=null,T=null,v=null,R=null,E=null,_=null,A=new ae(0,0,0),O=0,I=!1,L=null,B=null,V=null,N=null,H=null,Y=n.getParameter(n.MAX_COMBINED_TEXTURE_IMAGE_UNITS),z=!1,at=0,Z=n.getParameter(n.VERSION);Z.indexOf("WebGL")!==-1?(at=parseFloat(/^WebGL (\d)/.exec(Z)[1]),z=at>=1):Z.indexOf("OpenGL ES")!==-1&&(at=parseFloat(/^OpenGL ES (\d)/.exec(Z)[1]),z=at>=2);let j=null,st={},ft=n.getParameter(n.SCISSOR_BOX),ut=n.getParameter(n.VIEWPORT),tt=new Ce().fromArray(ft),mt=new Ce().fromArray(ut);function _t(U,rt,nt,wt){let gt=new Uint8Array(4),vt=n.createTexture();n.bindTexture(U,vt),n.texParameteri(U,n.TEXTURE_MIN_FILTER,n.NEAREST),n.texParameteri(U,n.TEXTURE_MAG_FILTER,n.NEAREST);for(let Gt=0;Gt<nt;Gt++)U===n.TEXTURE_3D||U===n.TEXTURE_2D_ARRAY?n.texImage3D(rt,0,n.RGBA,1,1,wt,0,n.RGBA,n.UNSIGNED_BYTE,gt):n.texImage2D(rt+Gt,0,n.RGBA,1,1,0,n.RGBA,n.UNSIGNED_BYTE,gt);return vt}let Tt={};Tt[n.TEXTURE_2D]=_t(n.TEXTURE_2D,n.TEXTURE_2D,1),Tt[n.TEXTURE_CUBE_MAP]=_t(n.TEXTURE_CUBE_MAP,n.TEXTURE_CUBE_MAP_POSITIVE_X,6),Tt[n.TEXTURE_2D_ARRAY]=_t(n.TEXTURE_2D_ARRAY,n.TEXTURE_2D_ARRAY,1,1),Tt[n.TEXTURE_3D]=_t(n.TEXTURE_3D,n.TEXTURE_3D,1,1),r.setClear(0,0,0,1),o.setClear(1),a.setClear(0),Mt(n.DEPTH_TEST),o.setFunc($o),on(!1),De(Ud),Mt(n.CULL_FACE),$e($r);function Mt(U){h[U]!==!0&&(n.enable(U),h[U]=!0)}function Ht(U){h[U]!==!1&&(n.disable(U),h[U]=!1)}function se(U,rt){return f[U]!==rt?(n.bindFramebuffer(U,rt),f[U]=rt,U===n.DRAW_FRAMEBUFFER&&(f[n.FRAMEBUFFER]=rt),U===n.FRAMEBUFFER&&(f[n.DRAW_FRAMEBUFFER]=rt),!0):!1}function Vt(U,rt){let nt=p,wt=!1;if(U){nt=d.get(rt),nt===void 0&&(nt=[],d.set(rt,nt));let gt=U.textures;if(nt.length!==gt.length||nt[0]!==n.COLOR_ATTACHMENT0){for(let vt=0,Gt=gt.length;vt<Gt;vt++)nt[vt]=n.COLOR_ATTACHMENT0+vt;nt.length=gt.length,wt=!0}}else nt[0]!==n.BACK&&(nt[0]=n.BACK,wt=!0);wt&&n.drawBuffers(nt)}function de(U){return x!==U?(n.useProgram(U),x=U,!0):!1}let he={[Yr]:n.FUNC_ADD,[dx]:n.FUNC_SUBTRACT,[px]:n.FUNC_REVERSE_SUBTRACT};he[mx]=n.MIN,he[gx]=n.MAX;let ne={[xx]:n.ZERO,[_x]:n.ONE,[yx]:n.SRC_COLOR,[kd]:n.SRC_ALPHA,[Ax]:n.SRC_ALPHA_SATURATE,[Sx]:n.DST_COLOR,[vx]:n.DST_ALPHA,[bx]:n.ONE_MINUS_SRC_COLOR,[zd]:n.ONE_MINUS_SRC_ALPHA,[wx]:n.ONE_MINUS_DST_COLOR,[Mx]:n.ONE_MINUS_DST_ALPHA,[Ex]:n.CONSTANT_COLOR,[Tx]:n.ONE_MINUS_CONSTANT_COLOR,[Rx]:n.CONSTANT_ALPHA,[Cx]:n.ONE_MINUS_CONSTANT_ALPHA};function $e(U,rt,nt,wt,gt,vt,Gt,Jt,ct,Ot){if(U===$r){m===!0&&(Ht(n.BLEND),m=!1);return}if(m===!1&&(Mt(n.BLEND),m=!0),U!==fx){if(U!==g||Ot!==I){if((b!==Yr||R!==Yr)&&(n.blendEquation(n.FUNC_ADD),b=Yr,R=Yr),Ot)switch(U){case oa:n.blendFuncSeparate(n.ONE,n.ONE_MINUS_SRC_ALPHA,n.ONE,n.ONE_MINUS_SRC_ALPHA);break;case Fd:n.blendFunc(n.ONE,n.ONE);break;case Od:n.blendFuncSeparate(n.ZERO,n.ONE_MINUS_SRC_COLOR,n.ZERO,n.ONE);break;case Bd:n.blendFuncSeparate(n.DST_COLOR,n.ONE_MINUS_SRC_ALPHA,n.ZERO,n.ONE);break;default:jt("WebGLState: Invalid blending: ",U);break}else switch(U){case oa:n.blendFuncSeparate(n.SRC_ALPHA,n.ONE_MINUS_SRC_ALPHA,n.ONE,n.ONE_MINUS_SRC_ALPHA);break;case Fd:n.blendFuncSeparate(n.SRC_ALPHA,n.ONE,n.ONE,n.ONE);break;case Od:jt("WebGLState: SubtractiveBlending requires material.premultipliedAlpha = true");break;case Bd:jt("WebGLState: MultiplyBlending requires material.premultipliedAlpha = true");break;default:jt("WebGLState: Invalid blending: ",U);break}T=null,v=null,E=null,_=null,A.set(0,0,0),O=0,g=U,I=Ot}return}gt=gt||rt,vt=vt||nt,Gt=Gt||wt,(rt!==b||gt!==R)&&(n.blendEquationSeparate(he[rt],he[gt]),b=rt,R=gt),(nt!==T||wt!==v||vt!==E||Gt!==_)&&(n.blendFuncSeparate(ne[nt],ne[wt],ne[vt],ne[Gt]),T=nt,v=wt,E=vt,_=Gt),(Jt.equals(A)===!1||ct!==O)&&(n.blendColor(Jt.r,Jt.g,Jt.b,ct),A.copy(Jt),O=ct),g=U,I=!1}function ze(U,rt){U.side===Ui?Ht(n.CULL_FACE):Mt(n.CULL_FACE);let nt=U.side===ti;rt&&(nt=!nt),on(nt),U.blending===oa&&U.transparent===!1?$e($r):$e(U.blending,U.blendEquation,U.blendSrc,U.blendDst,U.blendEquationAlpha,U.blendSrcAlpha,U.blendDstAlpha,U.blendColor,U.blendAlpha,U.premultipliedAlpha),o.setFunc(U.depthFunc),o.setTest(U.depthTest),o.setMask(U.depthWrite),r.setMask(U.colorWrite);let wt=U.stencilWrite;a.setTest(wt),wt&&(a.setMask(U.stencilWriteMask),a.setFunc(U.stencilFunc,U.stencilRef,U.stencilFuncMask),a.setOp(U.stencilFail,U.stencilZFail,U.stencilZPass)),be(U.polygonOffset,U.polygonOffsetFactor,U.polygonOffsetUnits),U.alphaToCoverage===!0?Mt(n.SAMPLE_ALPHA_TO_COVERAGE):Ht(n.SAMPLE_ALPHA_TO_COVERAGE)}function on(U){L!==U&&(U?n.frontFace(n.CW):n.frontFace(n.CCW),L=U)}function De(U){U!==cx?(Mt(n.CULL_FACE),U!==B&&(U===Ud?n.cullFace(n.BACK):U===hx?n.cullFace(n.FRONT):n.cullFace(n.FRONT_AND_BACK))):Ht(n.CULL_FACE),B=U}function Mn(U){U!==V&&(z&&n.lineWidth(U),V=U)}function be(U,rt,nt){U?(Mt(n.POLYGON_OFFSET_FILL),(N!==rt||H!==nt)&&(N=rt,H=nt,o.getReversed()&&(rt=-rt,nt=-nt),n.polygonOffset(rt,nt))):Ht(n.POLYGON_OFFSET_FILL)}function pn(U){U?Mt(n.SCISSOR_TEST):Ht(n.SCISSOR_TEST)}function Ke(U){U===void 0&&(U=n.TEXTURE0+Y-1),j!==U&&(n.activeTexture(U),j=U)}function an(U,rt,nt){nt===void 0&&(j===null?nt=n.TEXTURE0+Y-1:nt=j);let wt=st[nt];wt===void 0&&(wt={type:void 0,texture:void 0},st[nt]=wt),(wt.type!==U||wt.texture!==rt)&&(j!==nt&&(n.activeTexture(nt),j=nt),n.bindTexture(U,rt||Tt[U]),wt.type=U,wt.texture=rt)}function F(){let U=st[j];U!==void 0&&U.type!==void 0&&(n.bindTexture(U.type,null),U.type=void 0,U.texture=void 0)}function Ct(){try{n.compressedTexImage2D(...arguments)}catch(U){jt("WebGLState:",U)}}function $t(){try{n.compressedTexImage3D(...arguments)}catch(U){jt("WebGLState:",U)}}function re(){try{n.texSubImage2D(...arguments)}catch(U){jt("WebGLState:",U)}}function St(){try{n.texSubImage3D(...arguments)}catch(U){jt("WebGLState:",U)}}function Fe(){try{n.compressedTexSubImage2D(...arguments)}catch(U){jt("WebGLState:",U)}}function zt(){try{n.compressedTexSubImage3D(...arguments)}catch(U){jt("WebGLState:",U)}}function Xt(){try{n.texStorage2D(...arguments)}catch(U){jt("WebGLState:",U)}}function C(){try{n.texStorage3D(...arguments)}catch(U){jt("WebGLState:",U)}}function M(){try{n.texImage2D(...arguments)}catch(U){jt("WebGLState:",U)}}function X(){try{n.texImage3D(...arguments)}catch(U){jt("WebGLState:",U)}}function ht(U){return u[U]!==void 0?u[U]:n.getParameter(U)}function ot(U,rt){u[U]!==rt&&(n.pixelStorei(U,rt),u[U]=rt)}function xt(U){tt.equals(U)===!1&&(n.scissor(U.x,U.y,U.z,U.w),tt.copy(U))}function yt(U){mt.equals(U)===!1&&(n.viewport(U.x,U.y,U.z,U.w),mt.copy(U))}function et(U,rt){let nt=l.get(rt);nt===void 0&&(nt=new WeakMap,l.set(rt,nt));let wt=nt.get(U);wt===void 0&&(wt=n.getUniformBlockIndex(rt,U.name),n.uniformBlockBinding(rt,wt,wt),nt.set(U,wt))}function it(U,rt,nt){let gt=l.get(rt).get(U);c[gt]!==nt&&(n.bindBufferBase(n.UNIFORM_BUFFER,gt,nt),c[gt]=nt)}function pt(){n.disable(n.BLEND),n.disable(n.CULL_FACE),n.disable(n.DEPTH_TEST),n.disable(n.POLYGON_OFFSET_FILL),n.disable(n.SCISSOR_TEST),n.disable(n.STENCIL_TEST),n.disable(n.SAMPLE_ALPHA_TO_COVERAGE),n.blendEquation(n.FUNC_ADD),n.blendFunc(n.ONE,n.ZERO),n.blendFuncSeparate(n.ONE,n.ZERO,n.ONE,n.ZERO),n.blendColor(0,0,0,0),n.colorMask(!0,!0,!0,!0),n.clearColor(0,0,0,0),n.depthMask(!0),n.depthFunc(n.LESS),o.setReversed(!1),n.clearDepth(1),n.stencilMask(4294967295),n.stencilFunc(n.ALWAYS,0,4294967295),n.stencilOp(n.KEEP,n.KEEP,n.KEEP),n.clearStencil(0),n.cullFace(n.BACK),n.frontFace(n.CCW),n.polygonOffset(0,0),n.activeTexture(n.TEXTURE0),n.bindFramebuffer(n.FRAMEBUFFER,null),n.bindFramebuffer(n.DRAW_FRAMEBUFFER,null),n.bindFramebuffer(n.READ_FRAMEBUFFER,null),n.useProgram(null),n.lineWidth(1),n.scissor(0,0,n.canvas.width,n.canvas.height),n.viewport(0,0,n.canvas.width,n.canvas.height),n.pixelStorei(n.PACK_ALIGNMENT,4),n.pixelStorei(n.UNPACK_ALIGNMENT,4),n.pixelStorei(n.UNPACK_FLIP_Y_WEBGL,!1),n.pixelStorei(n.UNPACK_PREMULTIPLY_ALPHA_WEBGL,!1),n.pixelStorei(n.UNPACK_COLORSPACE_CONVERSION_WEBGL,n.BROWSER_DEFAULT_WEBGL),n.pixelStorei(n.PACK_ROW_LENGTH,0),n.pixelStorei(n.PACK_SKIP_PIXELS,0),n.pixelStorei(n.PACK_SKIP_ROWS,0),n.pixelStorei(n.UNPACK_ROW_LENGTH,0),n.pixelStorei(n.UNPACK_IMAGE_HEIGHT,0),n.pixelStorei(n.UNPACK_SKIP_PIXELS,0),n.pixelStorei(n.UNPACK_SKIP_ROWS,0),n.pixelStorei(n.UNPACK_SKIP_IMAGES,0),h={},u={},j=null,st={},f={},c={},d=new WeakMap,p=[],x=null,m=!1,g=null,b=null,T=null,v=null,R=null,E=null,_=null,A=new ae(0,0,0),O=0,I=!1,L=null,B=null,V=null,N=null,H=null,tt.set(0,0,n.canvas.width,n.canvas.height),mt.set(0,0,n.canvas.width,n.canvas.height),r.reset(),o.reset(),a.reset()}return{buffers:{color:r,depth:o,stencil:a},enable:Mt,disable:Ht,bindFramebuffer:se,drawBuffers:Vt,useProgram:de,setBlending:$e,setMaterial:ze,setFlipSided:on,setCullFace:De,setLineWidth:Mn,setPolygonOffset:be,setScissorTest:pn,activeTexture:Ke,bindTexture:an,unbindTexture:F,compressedTexImage2D:Ct,compressedTexImage3D:$t,texImage2D:M,texImage3D:X,pixelStorei:ot,getParameter:ht,updateUBOMapping:et,uniformBlockBinding:it,texStorage2D:Xt,texStorage3D:C,texSubImage2D:re,texSubImage3D:St,compressedTexSubImage2D:Fe,compressedTexSubImage3D:zt,scissor:xt,viewport:yt,reset:pt}}function AT(n,t,e,i,s,r,o){let a=t.has("WEBGL_multisampled_render_to_texture")?t.get("WEBGL_multisampled_render_to_texture"):null,c=typeof navigator>"u"?!1:/OculusBrowser/g.test(navigator.userAgent),l=new Yt,h=new WeakMap,u=new Set,f,d=new WeakMap,p=new Set,x=new FinalizationRegistry(C=>p.delete(C)),m=!1;try{m=typeof OffscreenCanvas<"u"&&new OffscreenCanvas(1,1).getContext("2d")!==null}catch{}function g(C,M){return m?new OffscreenCanvas(C,M):el("canvas")}function b(C,M,X){let ht=1,ot=Xt(C);if((ot.width>X||ot.height>X)&&(ht=X/Math.max(ot.width,ot.height)),ht<1)if(typeof HTMLImageElement<"u"&&C instanceof HTMLImageElement||typeof HTMLCanvasElement<"u"&&C instanceof HTMLCanvasElement||typeof ImageBitmap<"u"&&C instanceof ImageBitmap||typeof VideoFrame<"u"&&C instanceof VideoFrame){let xt=Math.floor(ht*ot.width),yt=Math.floor(ht*ot.height);f===void 0&&(f=g(xt,yt));let et=M?g(xt,yt):f;return et.width=xt,et.height=yt,et.getContext("2d").drawImage(C,0,0,xt,yt),qt("WebGLRenderer: Texture has been resized from ("+ot.width+"x"+ot.height+") to ("+xt+"x"+yt+")."),et}else return"data"in C&&qt("WebGLRenderer: Image in DataTexture is too big ("+ot.width+"x"+ot.height+")."),C;return C}function T(C){return C.generateMipmaps}function v(C){n.generateMipmap(C)}function R(C){return C.isWebGLCubeRenderTarget?n.TEXTURE_CUBE_MAP:C.isWebGL3DRenderTarget?n.TEXTURE_3D:C.isWebGLArrayRenderTarget||C.isCompressedArrayTexture?n.TEXTURE_2D_ARRAY:n.TEXTURE_2D}function E(C,M,X,ht,ot,xt=!1){if(C!==null){if(n[C]!==void 0)return n[C];qt("WebGLRenderer: Attempt to use non-existing WebGL internal format '"+C+"'")}let yt;ht&&(yt=t.get("EXT_texture_norm16"),yt||qt("WebGLRenderer: Unable to use normalized textures without EXT_texture_norm16 extension"));let et=M;if(M===n.RED&&(X===n.FLOAT&&(et=n.R32F),X===n.HALF_FLOAT&&(et=n.R16F),X===n.UNSIGNED_BYTE&&(et=n.R8),X===n.UNSIGNED_SHORT&&yt&&(et=yt.R16_EXT),X===n.SHORT&&yt&&(et=yt.R16_SNORM_EXT)),M===n.RED_INTEGER&&(X===n.UNSIGNED_BYTE&&(et=n.R8UI),X===n.UNSIGNED_SHORT&&(et=n.R16UI),X===n.UNSIGNED_INT&&(et=n.R32UI),X===n.BYTE&&(et=n.R8I),X===n.SHORT&&(et=n.R16I),X===n.INT&&(et=n.R32I)),M===n.RG&&(X===n.FLOAT&&(et=n.RG32F),X===n.HALF_FLOAT&&(et=n.RG16F),X===n.UNSIGNED_BYTE&&(et=n.RG8),X===n.UNSIGNED_SHORT&&yt&&(et=yt.RG16_EXT),X===n.SHORT&&yt&&(et=yt.RG16_SNORM_EXT)),M===n.RG_INTEGER&&(X===n.UNSIGNED_BYTE&&(et=n.RG8UI),X===n.UNSIGNED_SHORT&&(et=n.RG16UI),X===n.UNSIGNED_INT&&(et=n.RG32UI),X===n.BYTE&&(et=n.RG8I),X===n.SHORT&&(et=n.RG16I),X===n.INT&&(et=n.RG32I)),M===n.RGB_INTEGER&&(X===n.UNSIGNED_BYTE&&(et=n.RGB8UI),X===n.UNSIGNED_SHORT&&(et=n.RGB16UI),X===n.UNSIGNED_INT&&(et=n.RGB32UI),X===n.BYTE&&(et=n.RGB8I),X===n.SHORT&&(et=n.RGB16I),X===n.INT&&(et=n.RGB32I)),M===n.RGBA_INTEGER&&(X===n.UNSIGNED_BYTE&&(et=n.RGBA8UI),X===n.UNSIGNED_SHORT&&(et=n.RGBA16UI),X===n.UNSIGNED_INT&&(et=n.RGBA32UI),X===n.BYTE&&(et=n.RGBA8I),X===n.SHORT&&(et=n.RGBA16I),X===n.INT&&(et=n.RGBA32I)),M===n.RGB&&(X===n.UNSIGNED_SHORT&&yt&&(et=yt.RGB16_EXT),X===n.SHORT&&yt&&(et=yt.RGB16_SNORM_EXT),X===n.UNSIGNED_INT_5_9_9_9_REV&&(et=n.RGB9_E5),X===n.UNSIGNED_INT_10F_11F_11F_REV&&(et=n.R11F_G11F_B10F)),M===n.RGBA){let it=xt?tl:_e.getTransfer(ot);X===n.FLOAT&&(et=n.RGBA32F),X===n.HALF_FLOAT&&(et=n.RGBA16F),X===n.UNSIGNED_BYTE&&(et=it===Re?n.SRGB8_ALPHA8:n.RGBA8),X===n.UNSIGNED_SHORT&&yt&&(et=yt.RGBA16_EXT),X===n.SHORT&&yt&&(et=yt.RGBA16_SNORM_EXT),X===n.UNSIGNED_SHORT_4_4_4_4&&(et=n.RGBA4),X===n.UNSIGNED_SHORT_5_5_5_1&&(et=n.RGB5_A1)}return(et===n.R16F||et===n.R32F||et===n.RG16F||et===n.RG32F||et===n.RGBA16F||et===n.RGBA32F)&&t.get("EXT_color_buffer_float"),et}function _(C,M){let X;return C?M===null||M===ji||M===Jr?X=n.DEPTH24_STENCIL8:M===Fi?X=n.DEPTH32F_STENCIL8:M===la&&(X=n.DEPTH24_STENCIL8,qt("DepthTexture: 16 bit depth attachment is not supported with stencil. Using 24-bit attachment.")):M===null||M===ji||M===Jr?X=n.DEPTH_COMPONENT24:M===Fi?X=n.DEPTH_COMPONENT32F:M===la&&(X=n.DEPTH_COMPONENT16),X}function A(C,M){return T(C)===!0||C.isFramebufferTexture&&C.minFilter!==Cn&&C.minFilter!==jn?Math.log2(Math.max(M.width,M.height))+1:C.mipmaps.length>0?C.mipmaps.length:C.isCompressedTexture&&Array.isArray(C.image)?M.mipmaps.length:1}function O(C){let M=new WeakRef(C);i.get(C).__ref=M,p.add(M),x.register(C,M,M)}function I(C){let M=i.get(C).__ref;M!==void 0&&(p.delete(M),x.unregister(M))}function L(C){V(C.target)}function B(C){N(C.target)}function V(C){C.removeEventListener("dispose",L),I(C),Y(C),C.isVideoTexture&&h.delete(C),C.isHTMLTexture&&u.delete(C)}function N(C){C.removeEventListener("dispose",B),I(C),at(C)}function H(){for(let C of p){let M=C.deref();M!==void 0&&(M.isRenderTarget===!0?N(M):V(M))}p.clear(),u.clear()}function Y(C){let M=i.get(C);if(M.__webglInit===void 0)return;let X=C.source,ht=d.get(X);if(ht){let ot=ht[M.__cacheKey];ot.usedTimes--,ot.usedTimes===0&&z(C),Object.keys(ht).length===0&&d.delete(X)}i.remove(C)}function z(C){let M=i.get(C);n.deleteTexture(M.__webglTexture);let X=C.source,ht=d.get(X);delete ht[M.__cacheKey],o.memory.textures--}function at(C){let M=i.get(C);M.__depthDisposeCallback&&M.__depthDisposeCallback();let X=C.depthTexture;if(X&&X.renderTarget===C&&V(X),C.isWebGLCubeRenderTarget)for(let ot=0;ot<6;ot++){if(Array.isArray(M.__webglFramebuffer[ot]))for(let xt=0;xt<M.__webglFramebuffer[ot].length;xt++)n.deleteFramebuffer(M.__webglFramebuffer[ot][xt]);else n.deleteFramebuffer(M.__webglFramebuffer[ot]);M.__webglDepthbuffer&&n.deleteRenderbuffer(M.__webglDepthbuffer[ot])}else{if(Array.isArray(M.__webglFramebuffer))for(let ot=0;ot<M.__webglFramebuffer.length;ot++)n.deleteFramebuffer(M.__webglFramebuffer[ot]);else n.deleteFramebuffer(M.__webglFramebuffer);if(M.__webglDepthbuffer&&n.deleteRenderbuffer(M.__webglDepthbuffer),M.__webglMultisampledFramebuffer&&n.deleteFramebuffer(M.__webglMultisampledFramebuffer),M.__webglColorRenderbuffer)for(let ot=0;ot<M.__webglColorRenderbuffer.length;ot++)M.__webglColorRenderbuffer[ot]&&n.deleteRenderbuffer(M.__webglColorRenderbuffer[ot]);M.__webglDepthRenderbuffer&&n.deleteRenderbuffer(M.__webglDepthRenderbuffer)}let ht=C.textures;for(let ot=0,xt=ht.length;ot<xt;ot++){let yt=i.get(ht[ot]);yt.__webglTexture&&(n.deleteTexture(yt.__webglTexture),o.memory.textures--),i.remove(ht[ot])}i.remove(C)}let Z=0;function j(){Z=0}function st(){return Z}function ft(C){Z=C}function ut(){let C=Z;return C>=s.maxTextures&&qt("WebGLTextures: Trying to use "+(C+1)+" texture units while this GPU supports only "+s.maxTextures),Z+=1,C}function tt(C){let M=[];return M.push(C.wrapS),M.push(C.wrapT),M.push(C.wrapR||0),M.push(C.magFilter),M.push(C.minFilter),M.push(C.anisotropy),M.push(C.internalFormat),M.push(C.format),M.push(C.type),M.push(C.generateMipmaps),M.push(C.mipmapsAutoUpdate),M.push(C.premultiplyAlpha),M.push(C.flipY),M.push(C.unpackAlignment),M.push(C.colorSpace),M.join()}function mt(C,M){let X=i.get(C);if(C.isVideoTexture&&Fe(C),C.isRenderTargetTexture===!1&&C.isExternalTexture!==!0&&C.version>0&&X.__version!==C.version){let ht=C.image;if(ht===null)qt("WebGLRenderer: Texture marked for update but no image data found.");else if(ht.complete===!1)qt("WebGLRenderer: Texture marked for update but image is incomplete");else{ze(X,C,M);return}}else C.isExternalTexture&&(X.__webglTexture=C.sourceTexture?C.sourceTexture:null);e.bindTexture(n.TEXTURE_2D,X.__webglTexture,n.TEXTURE0+M)}function _t(C,M){let X=i.get(C);if(C.isRenderTargetTexture===!1&&C.version>0&&X.__version!==C.version){ze(X,C,M);return}else C.isExternalTexture&&(X.__webglTexture=C.sourceTexture?C.sourceTexture:null);e.bindTexture(n.TEXTURE_2D_ARRAY,X.__webglTexture,n.TEXTURE0+M)}function Tt(C,M){let X=i.get(C);if(C.isRenderTargetTexture===!1&&C.version>0&&X.__version!==C.version){ze(X,C,M);return}e.bindTexture(n.TEXTURE_3D,X.__webglTexture,n.TEXTURE0+M)}function Mt(C,M){let X=i.get(C);if(C.version>0&&X.__version!==C.version){on(X,C,M);return}e.bindTexture(n.TEXTURE_CUBE_MAP,X.__webglTexture,n.TEXTURE0+M)}let Ht={[fh]:n.REPEAT,[ys]:n.CLAMP_TO_EDGE,[dh]:n.MIRRORED_REPEAT},se={[Cn]:n.NEAREST,[Lx]:n.NEAREST_MIPMAP_NEAREST,[Tl]:n.NEAREST_MIPMAP_LINEAR,[jn]:n.LINEAR,[Vh]:n.LINEAR_MIPMAP_NEAREST,[Js]:n.LINEAR_MIPMAP_LINEAR},Vt={[Fx]:n.NEVER,[ip]:n.ALWAYS,[Ox]:n.LESS,[ep]:n.LEQUAL,[Bx]:n.EQUAL,[np]:n.GEQUAL,[kx]:n.GREATER,[zx]:n.NOTEQUAL};function de(C,M){if(M.type===Fi&&t.has("OES_texture_float_linear")===!1&&(M.magFilter===jn||M.magFilter===Vh||M.magFilter===Tl||M.magFilter===Js||M.minFilter===jn||M.minFilter===Vh||M.minFilter===Tl||M.minFilter===Js)&&qt("WebGLRenderer: Unable to use linear filtering with floating point textures. OES_texture_float_linear not supported on this device."),n.texParameteri(C,n.TEXTURE_WRAP_S,Ht[M.wrapS]),n.texParameteri(C,n.TEXTURE_WRAP_T,Ht[M.wrapT]),(C===n.TEXTURE_3D||C===n.TEXTURE_2D_ARRAY)&&n.texParameteri(C,n.TEXTURE_WRAP_R,Ht[M.wrapR]),n.texParameteri(C,n.TEXTURE_MAG_FILTER,se[M.magFilter]),n.texParameteri(C,n.TEXTURE_MIN_FILTER,se[M.minFilter]),M.compareFunction&&(n.texParameteri(C,n.TEXTURE_COMPARE_MODE,n.COMPARE_REF_TO_TEXTURE),n.texParameteri(C,n.TEXTURE_COMPARE_FUNC,Vt[M.compareFunction])),t.has("EXT_texture_filter_anisotropic")===!0){if(M.magFilter===Cn||M.minFilter!==Tl&&M.minFilter!==Js||M.type===Fi&&t.has("OES_texture_float_linear")===!1)return;if(M.anisotropy>1||i.get(M).__currentAnisotropy){let X=t.get("EXT_texture_filter_anisotropic");n.texParameterf(C,X.TEXTURE_MAX_ANISOTROPY_EXT,Math.min(M.anisotropy,s.getMaxAnisotropy())),i.get(M).__currentAnisotropy=M.anisotropy}}}function he(C,M){let X=!1;C.__webglInit===void 0&&(C.__webglInit=!0,M.addEventListener("dispose",L),O(M));let ht=M.source,ot=d.get(ht);ot===void 0&&(ot={},d.set(ht,ot));let xt=tt(M);if(xt!==C.__cacheKey){ot[xt]===void 0&&(ot[xt]={texture:n.createTexture(),usedTimes:0},o.memory.textures++,X=!0),ot[xt].usedTimes++;let yt=ot[C.__cacheKey];yt!==void 0&&(ot[C.__cacheKey].usedTimes--,yt.usedTimes===0&&z(M)),C.__cacheKey=xt,C.__webglTexture=ot[xt].texture}return X}function ne(C,M,X){return Math.floor(Math.floor(C/X)/M)}function $e(C,M,X,ht){let xt=C.updateRanges;if(xt.length===0)e.texSubImage2D(n.TEXTURE_2D,0,0,0,M.width,M.height,X,ht,M.data);else{xt.sort((U,rt)=>U.start-rt.start);let yt=0;for(let U=1;U<xt.length;U++){let rt=xt[yt],nt=xt[U],wt=rt.start+rt.count,gt=ne(nt.start,M.width,4),vt=ne(rt.start,M.width,4);nt.start<=wt+1&&gt===vt&&ne(nt.start+nt.count-1,M.width,4)===gt?rt.count=Math.max(rt.count,nt.start+nt.count-rt.start):(++yt,xt[yt]=nt)}xt.length=yt+1;let et=e.getParameter(n.UNPACK_ROW_LENGTH),it=e.getParameter(n.UNPACK_SKIP_PIXELS),pt=e.getParameter(n.UNPACK_SKIP_ROWS);e.pixelStorei(n.UNPACK_ROW_LENGTH,M.width);for(let U=0,rt=xt.length;U<rt;U++){let nt=xt[U],wt=Math.floor(nt.start/4),gt=Math.ceil(nt.count/4),vt=wt%M.width,Gt=Math.floor(wt/M.width),Jt=gt,ct=1;e.pixelStorei(n.UNPACK_SKIP_PIXELS,vt),e.pixelStorei(n.UNPACK_SKIP_ROWS,Gt),e.texSubImage2D(n.TEXTURE_2D,0,vt,Gt,Jt,ct,X,ht,M.data)}C.clearUpdateRanges(),e.pixelStorei(n.UNPACK_ROW_LENGTH,et),e.pixelStorei(n.UNPACK_SKIP_PIXELS,it),e.pixelStorei(n.UNPACK_SKIP_ROWS,pt)}}function ze(C,M,X){let ht=n.TEXTURE_2D;(M.isDataArrayTexture||M.isCompressedArrayTexture)&&(ht=n.TEXTURE_2D_ARRAY),M.isData3DTexture&&(ht=n.TEXTURE_3D);let ot=he(C,M),xt=M.source;e.bindTexture(ht,C.__webglTexture,n.TEXTURE0+X);let yt=i.get(xt);if(xt.version!==yt.__version||ot===!0){if(e.activeTexture(n.TEXTURE0+X),(typeof ImageBitmap<"u"&&M.image instanceof ImageBitmap)===!1){let ct=_e.getPrimaries(_e.workingColorSpace),Ot=M.colorSpace===js?null:_e.getPrimaries(M.colorSpace),Kt=M.colorSpace===js||ct===Ot?n.NONE:n.BROWSER_DEFAULT_WEBGL;e.pixelStorei(n.UNPACK_FLIP_Y_WEBGL,M.flipY),e.pixelStorei(n.UNPACK_PREMULTIPLY_ALPHA_WEBGL,M.premultiplyAlpha),e.pixelStorei(n.UNPACK_COLORSPACE_CONVERSION_WEBGL,Kt)}e.pixelStorei(n.UNPACK_ALIGNMENT,M.unpackAlignment);let it=b(M.image,!1,s.maxTextureSize);it=zt(M,it);let pt=r.convert(M.format,M.colorSpace),U=r.convert(M.type),rt=E(M.internalFormat,pt,U,M.normalized,M.colorSpace,M.isVideoTexture);de(ht,M);let nt,wt=M.mipmaps,gt=M.isVideoTexture!==!0,vt=yt.__version===void 0||ot===!0,Gt=xt.dataReady,Jt=A(M,it);if(M.isDepthTexture)rt=_(M.format===Ks,M.type),vt&&(gt?e.texStorage2D(n.TEXTURE_2D,1,rt,it.width,it.height):e.texImage2D(n.TEXTURE_2D,0,rt,it.width,it.height,0,pt,U,null));else if(M.isDataTexture)if(wt.length>0){gt&&vt&&e.texStorage2D(n.TEXTURE_2D,Jt,rt,wt[0].width,wt[0].height);for(let ct=0,Ot=wt.length;ct<Ot;ct++)nt=wt[ct],gt?Gt&&e.texSubImage2D(n.TEXTURE_2D,ct,0,0,nt.width,nt.height,pt,U,nt.data):e.texImage2D(n.TEXTURE_2D,ct,rt,nt.width,nt.height,0,pt,U,nt.data);M.generateMipmaps=!1}else gt?(vt&&e.texStorage2D(n.TEXTURE_2D,Jt,rt,it.width,it.height),Gt&&$e(M,it,pt,U)):e.texImage2D(n.TEXTURE_2D,0,rt,it.width,it.height,0,pt,U,it.data);else if(M.isCompressedTexture)if(M.isCompressedArrayTexture){gt&&vt&&e.texStorage3D(n.TEXTURE_2D_ARRAY,Jt,rt,wt[0].width,wt[0].height,it.depth);for(let ct=0,Ot=wt.length;ct<Ot;ct++)if(nt=wt[ct],M.format!==ts)if(pt!==null)if(gt){if(Gt)if(M.layerUpdates.size>0){let Kt=dp(nt.width,nt.height,M.format,M.type);for(let Rt of M.layerUpdates){let le=nt.data.subarray(Rt*Kt/nt.data.BYTES_PER_ELEMENT,(Rt+1)*Kt/nt.data.BYTES_PER_ELEMENT);e.compressedTexSubImage3D(n.TEXTURE_2D_ARRAY,ct,0,0,Rt,nt.width,nt.height,1,pt,le)}}else e.compressedTexSubImage3D(n.TEXTURE_2D_ARRAY,ct,0,0,0,nt.width,nt.height,it.depth,pt,nt.data)}else e.compressedTexImage3D(n.TEXTURE_2D_ARRAY,ct,rt,nt.width,nt.height,it.depth,0,nt.data,0,0);else qt("WebGLRenderer: Attempt to load unsupported compressed texture format in .uploadTexture()");else gt?Gt&&e.texSubImage3D(n.TEXTURE_2D_ARRAY,ct,0,0,0,nt.width,nt.height,it.depth,pt,U,nt.data):e.texImage3D(n.TEXTURE_2D_ARRAY,ct,rt,nt.width,nt.height,it.depth,0,pt,U,nt.data);M.layerUpdates.size>0&&M.clearLayerUpdates()}else{gt&&vt&&e.texStorage2D(n.TEXTURE_2D,Jt,rt,wt[0].width,wt[0].height);for(let ct=0,Ot=wt.length;ct<Ot;ct++)nt=wt[ct],M.format!==ts?pt!==null?gt?Gt&&e.compressedTexSubImage2D(n.TEXTURE_2D,ct,0,0,nt.width,nt.height,pt,nt.data):e.compressedTexImage2D(n.TEXTURE_2D,ct,rt,nt.width,nt.height,0,nt.data):qt("WebGLRenderer: Attempt to load unsupported compressed texture format in .uploadTexture()"):gt?Gt&&e.texSubImage2D(n.TEXTURE_2D,ct,0,0,nt.width,nt.height,pt,U,nt.data):e.texImage2D(n.TEXTURE_2D,ct,rt,nt.width,nt.height,0,pt,U,nt.data)}else if(M.isDataArrayTexture)if(gt){if(vt&&e.texStorage3D(n.TEXTURE_2D_ARRAY,Jt,rt,it.width,it.height,it.depth),Gt)if(M.layerUpdates.size>0){let ct=dp(it.width,it.height,M.format,M.type);for(let Ot of M.layerUpdates){let Kt=it.data.subarray(Ot*ct/it.data.BYTES_PER_ELEMENT,(Ot+1)*ct/it.data.BYTES_PER_ELEMENT);e.texSubImage3D(n.TEXTURE_2D_ARRAY,0,0,0,Ot,it.width,it.height,1,pt,U,Kt)}M.clearLayerUpdates()}else e.texSubImage3D(n.TEXTURE_2D_ARRAY,0,0,0,0,it.width,it.height,it.depth,pt,U,it.data)}else e.texImage3D(n.TEXTURE_2D_ARRAY,0,rt,it.width,it.height,it.depth,0,pt,U,it.data);else if(M.isData3DTexture)gt?(vt&&e.texStorage3D(n.TEXTURE_3D,Jt,rt,it.width,it.height,it.depth),Gt&&e.texSubImage3D(n.TEXTURE_3D,0,0,0,0,it.width,it.height,it.depth,pt,U,it.data)):e.texImage3D(n.TEXTURE_3D,0,rt,it.width,it.height,it.depth,0,pt,U,it.data);else if(M.isFramebufferTexture){if(vt)if(gt)e.texStorage2D(n.TEXTURE_2D,Jt,rt,it.width,it.height);else{let ct=it.width,Ot=it.height;for(let Kt=0;Kt<Jt;Kt++)e.texImage2D(n.TEXTURE_2D,Kt,rt,ct,Ot,0,pt,U,null),ct>>=1,Ot>>=1}}else if(M.isHTMLTexture){if("texElementImage2D"in n){let ct=n.canvas;if(ct.hasAttribute("layoutsubtree")||ct.setAttribute("layoutsubtree","true"),it.parentNode!==ct){ct.appendChild(it),u.add(M),ct.onpaint=Ot=>{let Kt=Ot.changedElements;for(let Rt of u)Kt.includes(Rt.image)&&(Rt.needsUpdate=!0)},ct.requestPaint();return}if(n.texElementImage2D.length===3)n.texElementImage2D(n.TEXTURE_2D,n.RGBA8,it);else{let Kt=n.RGBA,Rt=n.RGBA,le=n.UNSIGNED_BYTE;n.texElementImage2D(n.TEXTURE_2D,0,Kt,Rt,le,it)}n.texParameteri(n.TEXTURE_2D,n.TEXTURE_MIN_FILTER,n.LINEAR),n.texParameteri(n.TEXTURE_2D,n.TEXTURE_WRAP_S,n.CLAMP_TO_EDGE),n.texParameteri(n.TEXTURE_2D,n.TEXTURE_WRAP_T,n.CLAMP_TO_EDGE)}}else if(wt.length>0){if(gt&&vt){let ct=Xt(wt[0]);e.texStorage2D(n.TEXTURE_2D,Jt,rt,ct.width,ct.height)}for(let ct=0,Ot=wt.length;ct<Ot;ct++)nt=wt[ct],gt?Gt&&e.texSubImage2D(n.TEXTURE_2D,ct,0,0,pt,U,nt):e.texImage2D(n.TEXTURE_2D,ct,rt,pt,U,nt);M.generateMipmaps=!1}else if(gt){if(vt){let ct=Xt(it);e.texStorage2D(n.TEXTURE_2D,Jt,rt,ct.width,ct.height)}Gt&&e.texSubImage2D(n.TEXTURE_2D,0,0,0,pt,U,it)}else e.texImage2D(n.TEXTURE_2D,0,rt,pt,U,it);T(M)&&M.mipmapsAutoUpdate===!0&&v(ht),yt.__version=xt.version,M.onUpdate&&M.onUpdate(M)}C.__version=M.version}function on(C,M,X){if(M.image.length!==6)return;let ht=he(C,M),ot=M.source;e.bindTexture(n.TEXTURE_CUBE_MAP,C.__webglTexture,n.TEXTURE0+X);let xt=i.get(ot);if(ot.version!==xt.__version||ht===!0){e.activeTexture(n.TEXTURE0+X);let yt=_e.getPrimaries(_e.workingColorSpace),et=M.colorSpace===js?null:_e.getPrimaries(M.colorSpace),it=M.colorSpace===js||yt===et?n.NONE:n.BROWSER_DEFAULT_WEBGL;e.pixelStorei(n.UNPACK_FLIP_Y_WEBGL,M.flipY),e.pixelStorei(n.UNPACK_PREMULTIPLY_ALPHA_WEBGL,M.premultiplyAlpha),e.pixelStorei(n.UNPACK_ALIGNMENT,M.unpackAlignment),e.pixelStorei(n.UNPACK_COLORSPACE_CONVERSION_WEBGL,it);let pt=M.isCompressedTexture||M.image[0].isCompressedTexture,U=M.image[0]&&M.image[0].isDataTexture,rt=[];for(let Rt=0;Rt<6;Rt++)!pt&&!U?rt[Rt]=b(M.image[Rt],!0,s.maxCubemapSize):rt[Rt]=U?M.image[Rt].image:M.image[Rt],rt[Rt]=zt(M,rt[Rt]);let nt=rt[0],wt=r.convert(M.format,M.colorSpace),gt=r.convert(M.type),vt=E(M.internalFormat,wt,gt,M.normalized,M.colorSpace),Gt=M.isVideoTexture!==!0,Jt=xt.__version===void 0||ht===!0,ct=ot.dataReady,Ot=A(M,nt);de(n.TEXTURE_CUBE_MAP,M);let Kt;if(M.isDepthTexture){if(vt=_(M.format===Ks,M.type),Jt)if(Gt)e.texStorage2D(n.TEXTURE_CUBE_MAP,1,vt,nt.width,nt.height);else for(let Rt=0;Rt<6;Rt++)e.texImage2D(n.TEXTURE_CUBE_MAP_POSITIVE_X+Rt,0,vt,nt.width,nt.height,0,wt,gt,null)}else if(pt){Gt&&Jt&&e.texStorage2D(n.TEXTURE_CUBE_MAP,Ot,vt,nt.width,nt.height);for(let Rt=0;Rt<6;Rt++){Kt=rt[Rt].mipmaps;for(let le=0;le<Kt.length;le++){let Ve=Kt[le];M.format!==ts?wt!==null?Gt?ct&&e.compressedTexSubImage2D(n.TEXTURE_CUBE_MAP_POSITIVE_X+Rt,le,0,0,Ve.width,Ve.height,wt,Ve.data):e.compressedTexImage2D(n.TEXTURE_CUBE_MAP_POSITIVE_X+Rt,le,vt,Ve.width,Ve.height,0,Ve.data):qt("WebGLRenderer: Attempt to load unsupported compressed texture format in .setTextureCube()"):Gt?ct&&e.texSubImage2D(n.TEXTURE_CUBE_MAP_POSITIVE_X+Rt,le,0,0,Ve.width,Ve.height,wt,gt,Ve.data):e.texImage2D(n.TEXTURE_CUBE_MAP_POSITIVE_X+Rt,le,vt,Ve.width,Ve.height,0,wt,gt,Ve.data)}}}else{if(Kt=M.mipmaps,Gt&&Jt){Kt.length>0&&Ot++;let Rt=Xt(rt[0]);e.texStorage2D(n.TEXTURE_CUBE_MAP,Ot,vt,Rt.width,Rt.height)}for(let Rt=0;Rt<6;Rt++)if(U){Gt?ct&&e.texSubImage2D(n.TEXTURE_CUBE_MAP_POSITIVE_X+Rt,0,0,0,rt[Rt].width,rt[Rt].height,wt,gt,rt[Rt].data):e.texImage2D(n.TEXTURE_CUBE_MAP_POSITIVE_X+Rt,0,vt,rt[Rt].width,rt[Rt].height,0,wt,gt,rt[Rt].data);for(let le=0;le<Kt.length;le++){let Gn=Kt[le].image[Rt].image;Gt?ct&&e.texSubImage2D(n.TEXTURE_CUBE_MAP_POSITIVE_X+Rt,le+1,0,0,Gn.width,Gn.height,wt,gt,Gn.data):e.texImage2D(n.TEXTURE_CUBE_MAP_POSITIVE_X+Rt,le+1,vt,Gn.width,Gn.height,0,wt,gt,Gn.data)}}else{Gt?ct&&e.texSubImage2D(n.TEXTURE_CUBE_MAP_POSITIVE_X+Rt,0,0,0,wt,gt,rt[Rt]):e.texImage2D(n.TEXTURE_CUBE_MAP_POSITIVE_X+Rt,0,vt,wt,gt,rt[Rt]);for(let le=0;le<Kt.length;le++){let Ve=Kt[le];Gt?ct&&e.texSubImage2D(n.TEXTURE_CUBE_MAP_POSITIVE_X+Rt,le+1,0,0,wt,gt,Ve.image[Rt]):e.texImage2D(n.TEXTURE_CUBE_MAP_POSITIVE_X+Rt,le+1,vt,wt,gt,Ve.image[Rt])}}}T(M)&&M.mipmapsAutoUpdate===!0&&v(n.TEXTURE_CUBE_MAP),xt.__version=ot.version,M.onUpdate&&M.onUpdate(M)}C.__version=M.version}function De(C,M,X,ht,ot,xt){let yt=r.convert(X.format,X.colorSpace),et=r.convert(X.type),it=E(X.internalFormat,yt,et,X.normalized,X.colorSpace),pt=i.get(M),U=i.get(X);if(U.__renderTarget=M,!pt.__hasExternalTextures){let rt=Math.max(1,M.width>>xt),nt=Math.max(1,M.height>>xt);ot===n.TEXTURE_3D||ot===n.TEXTURE_2D_ARRAY?e.texImage3D(ot,xt,it,rt,nt,M.depth,0,yt,et,null):e.texImage2D(ot,xt,it,rt,nt,0,yt,et,null)}e.bindFramebuffer(n.FRAMEBUFFER,C),St(M)?a.framebufferTexture2DMultisampleEXT(n.FRAMEBUFFER,ht,ot,U.__webglTexture,0,re(M)):(ot===n.TEXTURE_2D||ot>=n.TEXTURE_CUBE_MAP_POSITIVE_X&&ot<=n.TEXTURE_CUBE_MAP_NEGATIVE_Z)&&n.framebufferTexture2D(n.FRAMEBUFFER,ht,ot,U.__webglTexture,xt),e.bindFramebuffer(n.FRAMEBUFFER,null)}function Mn(C,M,X){if(n.bindRenderbuffer(n.RENDERBUFFER,C),M.depthBuffer){let ht=M.depthTexture,ot=ht&&ht.isDepthTexture?ht.type:null,xt=_(M.stencilBuffer,ot),yt=M.stencilBuffer?n.DEPTH_STENCIL_ATTACHMENT:n.DEPTH_ATTACHMENT;St(M)?a.renderbufferStorageMultisampleEXT(n.RENDERBUFFER,re(M),xt,M.width,M.height):X?n.renderbufferStorageMultisample(n.RENDERBUFFER,re(M),xt,M.width,M.height):n.renderbufferStorage(n.RENDERBUFFER,xt,M.width,M.height),n.framebufferRenderbuffer(n.FRAMEBUFFER,yt,n.RENDERBUFFER,C)}else{let ht=M.textures;for(let ot=0;ot<ht.length;ot++){let xt=ht[ot],yt=r.convert(xt.format,xt.colorSpace),et=r.convert(xt.type),it=E(xt.internalFormat,yt,et,xt.normalized,xt.colorSpace);St(M)?a.renderbufferStorageMultisampleEXT(n.RENDERBUFFER,re(M),it,M.width,M.height):X?n.renderbufferStorageMultisample(n.RENDERBUFFER,re(M),it,M.width,M.height):n.renderbufferStorage(n.RENDERBUFFER,it,M.width,M.height)}}n.bindRenderbuffer(n.RENDERBUFFER,null)}function be(C,M,X){let ht=M.isWebGLCubeRenderTarget===!0;if(e.bindFramebuffer(n.FRAMEBUFFER,C),!(M.depthTexture&&M.depthTexture.isDepthTexture))throw new Error("THREE.WebGLTextures: renderTarget.depthTexture must be an instance of THREE.DepthTexture.");let ot=i.get(M.depthTexture);ot.__renderTarget=M;let xt=ht?M.depthTexture.image[0]:M.depthTexture.image;(!ot.__webglTexture||xt.width!==M.width||xt.height!==M.height)&&(xt.width=M.width,xt.height=M.height,M.depthTexture.needsUpdate=!0),ht?Mt(M.depthTexture,0):mt(M.depthTexture,0);let yt=ot.__webglTexture,et=re(M),it=ht?n.TEXTURE_CUBE_MAP_POSITIVE_X+X:n.TEXTURE_2D,pt=M.depthTexture.format===Ks?n.DEPTH_STENCIL_ATTACHMENT:n.DEPTH_ATTACHMENT;if(M.depthTexture.format===qs)St(M)?a.framebufferTexture2DMultisampleEXT(n.FRAMEBUFFER,pt,it,yt,0,et):n.framebufferTexture2D(n.FRAMEBUFFER,pt,it,yt,0);else if(M.depthTexture.format===Ks)St(M)?a.framebufferTexture2DMultisampleEXT(n.FRAMEBUFFER,pt,it,yt,0,et):n.framebufferTexture2D(n.FRAMEBUFFER,pt,it,yt,0);else throw new Error("THREE.WebGLTextures: Unknown depthTexture format.")}function pn(C){let M=i.get(C),X=C.isWebGLCubeRenderTarget===!0;if(M.__boundDepthTexture!==C.depthTexture){let ht=C.depthTexture;if(M.__depthDisposeCallback&&M.__depthDisposeCallback(),ht){let ot=()=>{delete M.__boundDepthTexture,delete M.__depthDisposeCallback,ht.removeEventListener("dispose",ot)};ht.addEventListener("dispose",ot),M.__depthDisposeCallback=ot}M.__boundDepthTexture=ht}if(C.depthTexture&&!M.__autoAllocateDepthBuffer)if(X)for(let ht=0;ht<6;ht++)be(M.__webglFramebuffer[ht],C,ht);else C.texture.mipmaps.length>0?be(M.__webglFramebuffer[0],C,0):be(M.__webglFramebuffer,C,0);else if(X){M.__webglDepthbuffer=[];for(let ht=0;ht<6;ht++)if(e.bindFramebuffer(n.FRAMEBUFFER,M.__webglFramebuffer[ht]),M.__webglDepthbuffer[ht]===void 0)M.__webglDepthbuffer[ht]=n.createRenderbuffer(),Mn(M.__webglDepthbuffer[ht],C,!1);else{let ot=C.stencilBuffer?n.DEPTH_STENCIL_ATTACHMENT:n.DEPTH_ATTACHMENT,xt=M.__webglDepthbuffer[ht];n.bindRenderbuffer(n.RENDERBUFFER,xt),n.framebufferRenderbuffer(n.FRAMEBUFFER,ot,n.RENDERBUFFER,xt)}}else if(C.texture.mipmaps.length>0?e.bindFramebuffer(n.FRAMEBUFFER,M.__webglFramebuffer[0]):e.bindFramebuffer(n.FRAMEBUFFER,M.__webglFramebuffer),M.__webglDepthbuffer===void 0)M.__webglDepthbuffer=n.createRenderbuffer(),Mn(M.__webglDepthbuffer,C,!1);else{let ot=C.stencilBuffer?n.DEPTH_STENCIL_ATTACHMENT:n.DEPTH_ATTACHMENT,xt=M.__webglDepthbuffer;n.bindRenderbuffer(n.RENDERBUFFER,xt),n.framebufferRenderbuffer(n.FRAMEBUFFER,ot,n.RENDERBUFFER,xt)}e.bindFramebuffer(n.FRAMEBUFFER,null)}function Ke(C,M,X){let ht=i.get(C);M!==void 0&&De(ht.__webglFramebuffer,C,C.texture,n.COLOR_ATTACHMENT0,n.TEXTURE_2D,0),X!==void 0&&pn(C)}function an(C){let M=C.texture,X=i.get(C),ht=i.get(M);C.addEventListener("dispose",B),O(C);let ot=C.textures,xt=C.isWebGLCubeRenderTarget===!0,yt=ot.length>1;if(yt||(ht.__webglTexture===void 0&&(ht.__webglTexture=n.createTexture()),ht.__version=M.version,o.memory.textures++),xt){X.__webglFramebuffer=[];for(let et=0;et<6;et++)if(M.mipmaps.length>0){X.__webglFramebuffer[et]=[];for(let it=0;it<M.mipmaps.length;it++)X.__webglFramebuffer[et][it]=n.createFramebuffer()}else X.__webglFramebuffer[et]=n.createFramebuffer()}else{if(M.mipmaps.length>0){X.__webglFramebuffer=[];for(let et=0;et<M.mipmaps.length;et++)X.__webglFramebuffer[et]=n.createFramebuffer()}else X.__webglFramebuffer=n.createFramebuffer();if(yt)for(let et=0,it=ot.length;et<it;et++){let pt=i.get(ot[et]);pt.__webglTexture===void 0&&(pt.__webglTexture=n.createTexture(),o.memory.textures++)}if(C.samples>0&&St(C)===!1){X.__webglMultisampledFramebuffer=n.createFramebuffer(),X.__webglColorRenderbuffer=[],e.bindFramebuffer(n.FRAMEBUFFER,X.__webglMultisampledFramebuffer);for(let et=0;et<ot.length;et++){let it=ot[et];X.__webglColorRenderbuffer[et]=n.createRenderbuffer(),n.bindRenderbuffer(n.RENDERBUFFER,X.__webglColorRenderbuffer[et]);let pt=r.convert(it.format,it.colorSpace),U=r.convert(it.type),rt=E(it.internalFormat,pt,U,it.normalized,it.colorSpace,C.isXRRenderTarget===!0),nt=re(C);n.renderbufferStorageMultisample(n.RENDERBUFFER,nt,rt,C.width,C.height),n.framebufferRenderbuffer(n.FRAMEBUFFER,n.COLOR_ATTACHMENT0+et,n.RENDERBUFFER,X.__webglColorRenderbuffer[et])}n.bindRenderbuffer(n.RENDERBUFFER,null),C.depthBuffer&&(X.__webglDepthRenderbuffer=n.createRenderbuffer(),Mn(X.__webglDepthRenderbuffer,C,!0)),e.bindFramebuffer(n.FRAMEBUFFER,null)}}if(xt){e.bindTexture(n.TEXTURE_CUBE_MAP,ht.__webglTexture),de(n.TEXTURE_CUBE_MAP,M);for(let et=0;et<6;et++)if(M.mipmaps.length>0)for(let it=0;it<M.mipmaps.length;it++)De(X.__webglFramebuffer[et][it],C,M,n.COLOR_ATTACHMENT0,n.TEXTURE_CUBE_MAP_POSITIVE_X+et,it);else De(X.__webglFramebuffer[et],C,M,n.COLOR_ATTACHMENT0,n.TEXTURE_CUBE_MAP_POSITIVE_X+et,0);T(M)?v(n.TEXTURE_CUBE_MAP):M.mipmaps.length>0&&n.texParameteri(n.TEXTURE_CUBE_MAP,n.TEXTURE_MAX_LEVEL,M.mipmaps.length-1),e.unbindTexture()}else if(yt){for(let et=0,it=ot.length;et<it;et++){let pt=ot[et],U=i.get(pt),rt=n.TEXTURE_2D;(C.isWebGL3DRenderTarget||C.isWebGLArrayRenderTarget)&&(rt=C.isWebGL3DRenderTarget?n.TEXTURE_3D:n.TEXTURE_2D_ARRAY),e.bindTexture(rt,U.__webglTexture),de(rt,pt),De(X.__webglFramebuffer,C,pt,n.COLOR_ATTACHMENT0+et,rt,0),T(pt)&&v(rt)}e.unbindTexture()}else{let et=n.TEXTURE_2D;if((C.isWebGL3DRenderTarget||C.isWebGLArrayRenderTarget)&&(et=C.isWebGL3DRenderTarget?n.TEXTURE_3D:n.TEXTURE_2D_ARRAY),e.bindTexture(et,ht.__webglTexture),de(et,M),M.mipmaps.length>0)for(let it=0;it<M.mipmaps.length;it++)De(X.__webglFramebuffer[it],C,M,n.COLOR_ATTACHMENT0,et,it);else De(X.__webglFramebuffer,C,M,n.COLOR_ATTACHMENT0,et,0);T(M)?v(et):M.mipmaps.length>0&&n.texParameteri(et,n.TEXTURE_MAX_LEVEL,M.mipmaps.length-1),e.unbindTexture()}C.depthBuffer&&pn(C)}function F(C){let M=C.textures;for(let X=0,ht=M.length;X<ht;X++){let ot=M[X];if(T(ot)&&ot.mipmapsAutoUpdate===!0){let xt=R(C),yt=i.get(ot).__webglTexture;e.bindTexture(xt,yt),v(xt),e.unbindTexture()}}}let Ct=[];function $t(C){if(C.samples>0){if(St(C)===!1){let M=C.textures,X=C.width,ht=C.height,ot=n.COLOR_BUFFER_BIT,xt=C.stencilBuffer?n.DEPTH_STENCIL_ATTACHMENT:n.DEPTH_ATTACHMENT,yt=i.get(C),et=M.length>1;if(et)for(let pt=0;pt<M.length;pt++)e.bindFramebuffer(n.FRAMEBUFFER,yt.__webglMultisampledFramebuffer),n.framebufferRenderbuffer(n.FRAMEBUFFER,n.COLOR_ATTACHMENT0+pt,n.RENDERBUFFER,null),e.bindFramebuffer(n.FRAMEBUFFER,yt.__webglFramebuffer),n.framebufferTexture2D(n.DRAW_FRAMEBUFFER,n.COLOR_ATTACHMENT0+pt,n.TEXTURE_2D,null,0);e.bindFramebuffer(n.READ_FRAMEBUFFER,yt.__webglMultisampledFramebuffer),C.texture.mipmaps.length>0?e.bindFramebuffer(n.DRAW_FRAMEBUFFER,yt.__webglFramebuffer[0]):e.bindFramebuffer(n.DRAW_FRAMEBUFFER,yt.__webglFramebuffer);for(let pt=0;pt<M.length;pt++){if(C.resolveDepthBuffer&&(C.depthBuffer&&(ot|=n.DEPTH_BUFFER_BIT),C.stencilBuffer&&C.resolveStencilBuffer&&(ot|=n.STENCIL_BUFFER_BIT)),et){n.framebufferRenderbuffer(n.READ_FRAMEBUFFER,n.COLOR_ATTACHMENT0,n.RENDERBUFFER,yt.__webglColorRenderbuffer[pt]);let U=i.get(M[pt]).__webglTexture;n.framebufferTexture2D(n.DRAW_FRAMEBUFFER,n.COLOR_ATTACHMENT0,n.TEXTURE_2D,U,0)}n.blitFramebuffer(0,0,X,ht,0,0,X,ht,ot,n.NEAREST),c===!0&&(Ct.length=0,Ct.push(n.COLOR_ATTACHMENT0+pt),C.depthBuffer&&C.storeMultisampledDepthBuffer===!1&&Ct.push(xt),n.invalidateFramebuffer(n.READ_FRAMEBUFFER,Ct))}if(e.bindFramebuffer(n.READ_FRAMEBUFFER,null),e.bindFramebuffer(n.DRAW_FRAMEBUFFER,null),et)for(let pt=0;pt<M.length;pt++){e.bindFramebuffer(n.FRAMEBUFFER,yt.__webglMultisampledFramebuffer),n.framebufferRenderbuffer(n.FRAMEBUFFER,n.COLOR_ATTACHMENT0+pt,n.RENDERBUFFER,yt.__webglColorRenderbuffer[pt]);let U=i.get(M[pt]).__webglTexture;e.bindFramebuffer(n.FRAMEBUFFER,yt.__webglFramebuffer),n.framebufferTexture2D(n.DRAW_FRAMEBUFFER,n.COLOR_ATTACHMENT0+pt,n.TEXTURE_2D,U,0)}e.bindFramebuffer(n.DRAW_FRAMEBUFFER,yt.__webglMultisampledFramebuffer)}else if(C.depthBuffer&&C.storeMultisampledDepthBuffer===!1&&c){let M=C.stencilBuffer?n.DEPTH_STENCIL_ATTACHMENT:n.DEPTH_ATTACHMENT;n.invalidateFramebuffer(n.DRAW_FRAMEBUFFER,[M])}}}function re(C){return Math.min(s.maxSamples,C.samples)}function St(C){let M=i.get(C);return C.samples>0&&t.has("WEBGL_multisampled_render_to_texture")===!0&&M.__useRenderToTexture!==!1}function Fe(C){let M=o.render.frame;h.get(C)!==M&&(h.set(C,M),C.update())}function zt(C,M){let X=C.colorSpace,ht=C.format,ot=C.type;return C.isCompressedTexture===!0||C.isVideoTexture===!0||X!==Qa&&X!==js&&(_e.getTransfer(X)===Re?(ht!==ts||ot!==ai)&&qt("WebGLTextures: sRGB encoded textures have to use RGBAFormat and UnsignedByteType."):jt("WebGLTextures: Unsupported texture color space:",X)),M}function Xt(C){return typeof HTMLImageElement<"u"&&C instanceof HTMLImageElement?(l.width=C.naturalWidth||C.width,l.height=C.naturalHeight||C.height):typeof VideoFrame<"u"&&C instanceof VideoFrame?(l.width=C.displayWidth,l.height=C.displayHeight):(l.width=C.width,l.height=C.height),l}this.allocateTextureUnit=ut,this.resetTextureUnits=j,this.getTextureUnits=st,this.setTextureUnits=ft,this.setTexture2D=mt,this.setTexture2DArray=_t,this.setTexture3D=Tt,this.setTextureCube=Mt,this.rebindTextures=Ke,this.setupRenderTarget=an,this.updateRenderTargetMipmap=F,this.updateMultisampleRenderTarget=$t,this.setupDepthRenderbuffer=pn,this.setupFrameBufferTexture=De,this.useMultisampledRTT=St,this.dispose=H}function ET(n,t){function e(i,s=js){let r,o=_e.getTransfer(s);if(i===ai)return n.UNSIGNED_BYTE;if(i===Hh)return n.UNSIGNED_SHORT_4_4_4_4;if(i===Wh)return n.UNSIGNED_SHORT_5_5_5_1;if(i===Kd)return n.UNSIGNED_INT_5_9_9_9_REV;if(i===jd)return n.UNSIGNED_INT_10F_11F_11F_REV;if(i===Zd)return n.BYTE;if(i===Jd)return n.SHORT;if(i===la)return n.UNSIGNED_SHORT;if(i===Gh)return n.INT;if(i===ji)return n.UNSIGNED_INT;if(i===Fi)return n.FLOAT;if(i===Qi)return n.HALF_FLOAT;if(i===Qd)return n.ALPHA;if(i===tp)return n.RGB;if(i===ts)return n.RGBA;if(i===qs)return n.DEPTH_COMPONENT;if(i===Ks)return n.DEPTH_STENCIL;if(i===Xh)return n.RED;if(i===qh)return n.RED_INTEGER;if(i===Er)return n.RG;if(i===$h)return n.RG_INTEGER;if(i===Yh)return n.RGBA_INTEGER;if(i===Rl||i===Cl||i===Pl||i===Il)if(o===Re)if(r=t.get("WEBGL_compressed_texture_s3tc_srgb"),r!==null){if(i===Rl)return r.COMPRESSED_SRGB_S3TC_DXT1_EXT;if(i===Cl)return r.COMPRESSED_SRGB_ALPHA_S3TC_DXT1_EXT;if(i===Pl)return r.COMPRESSED_SRGB_ALPHA_S3TC_DXT3_EXT;if(i===Il)return r.COMPRESSED_SRGB_ALPHA_S3TC_DXT5_EXT}else return null;else if(r=t.get("WEBGL_compressed_texture_s3tc"),r!==null){if(i===Rl)return r.COMPRESSED_RGB_S3TC_DXT1_EXT;if(i===Cl)return r.COMPRESSED_RGBA_S3TC_DXT1_EXT;if(i===Pl)return r.COMPRESSED_RGBA_S3TC_DXT3_EXT;if(i===Il)return r.COMPRESSED_RGBA_S3TC_DXT5_EXT}else return null;if(i===Zh||i===Jh||i===Kh||i===jh)if(r=t.get("WEBGL_compressed_texture_pvrtc"),r!==null){if(i===Zh)return r.COMPRESSED_RGB_PVRTC_4BPPV1_IMG;if(i===Jh)return r.COMPRESSED_RGB_PVRTC_2BPPV1_IMG;if(i===Kh)return r.COMPRESSED_RGBA_PVRTC_4BPPV1_IMG;if(i===jh)return r.COMPRESSED_RGBA_PVRTC_2BPPV1_IMG}else return null;if(i===Qh||i===tu||i===eu||i===nu||i===iu||i===Ll||i===su)if(r=t.get("WEBGL_compressed_texture_etc"),r!==null){if(i===Qh||i===tu)return o===Re?r.COMPRESSED_SRGB8_ETC2:r.COMPRESSED_RGB8_ETC2;if(i===eu)return o===Re?r.COMPRESSED_SRGB8_ALPHA8_ETC2_EAC:r.COMPRESSED_RGBA8_ETC2_EAC;if(i===nu)return r.COMPRESSED_R11_EAC;if(i===iu)return r.COMPRESSED_SIGNED_R11_EAC;if(i===Ll)return r.COMPRESSED_RG11_EAC;if(i===su)return r.COMPRESSED_SIGNED_RG11_EAC}else return null;if(i===ru||i===ou||i===au||i===lu||i===cu||i===hu||i===uu||i===fu||i===du||i===pu||i===mu||i===gu||i===xu||i===_u)if(r=t.get("WEBGL_compressed_texture_astc"),r!==null){if(i===ru)return o===Re?r.COMPRESSED_SRGB8_ALPHA8_ASTC_4x4_KHR:r.COMPRESSED_RGBA_ASTC_4x4_KHR;if(i===ou)return o===Re?r.COMPRESSED_SRGB8_ALPHA8_ASTC_5x4_KHR:r.COMPRESSED_RGBA_ASTC_5x4_KHR;if(i===au)return o===Re?r.COMPRESSED_SRGB8_ALPHA8_ASTC_5x5_KHR:r.COMPRESSED_RGBA_ASTC_5x5_KHR;if(i===lu)return o===Re?r.COMPRESSED_SRGB8_ALPHA8_ASTC_6x5_KHR:r.COMPRESSED_RGBA_ASTC_6x5_KHR;if(i===cu)return o===Re?r.COMPRESSED_SRGB8_ALPHA8_ASTC_6x6_KHR:r.COMPRESSED_RGBA_ASTC_6x6_KHR;if(i===hu)return o===Re?r.COMPRESSED_SRGB8_ALPHA8_ASTC_8x5_KHR:r.COMPRESSED_RGBA_ASTC_8x5_KHR;if(i===uu)return o===Re?r.COMPRESSED_SRGB8_ALPHA8_ASTC_8x6_KHR:r.COMPRESSED_RGBA_ASTC_8x6_KHR;if(i===fu)return o===Re?r.COMPRESSED_SRGB8_ALPHA8_ASTC_8x8_KHR:r.COMPRESSED_RGBA_ASTC_8x8_KHR;if(i===du)return o===Re?r.COMPRESSED_SRGB8_ALPHA8_ASTC_10x5_KHR:r.COMPRESSED_RGBA_ASTC_10x5_KHR;if(i===pu)return o===Re?r.COMPRESSED_SRGB8_ALPHA8_ASTC_10x6_KHR:r.COMPRESSED_RGBA_ASTC_10x6_KHR;if(i===mu)return o===Re?r.COMPRESSED_SRGB8_ALPHA8_ASTC_10x8_KHR:r.COMPRESSED_RGBA_ASTC_10x8_KHR;if(i===gu)return o===Re?r.COMPRESSED_SRGB8_ALPHA8_ASTC_10x10_KHR:r.COMPRESSED_RGBA_ASTC_10x10_KHR;if(i===xu)return o===Re?r.COMPRESSED_SRGB8_ALPHA8_ASTC_12x10_KHR:r.COMPRESSED_RGBA_ASTC_12x10_KHR;if(i===_u)return o===Re?r.COMPRESSED_SRGB8_ALPHA8_ASTC_12x12_KHR:r.COMPRESSED_RGBA_ASTC_12x12_KHR}else return null;if(i===yu||i===bu||i===vu)if(r=t.get("EXT_texture_compression_bptc"),r!==null){if(i===yu)return o===Re?r.COMPRESSED_SRGB_ALPHA_BPTC_UNORM_EXT:r.COMPRESSED_RGBA_BPTC_UNORM_EXT;if(i===bu)return r.COMPRESSED_RGB_BPTC_SIGNED_FLOAT_EXT;if(i===vu)return r.COMPRESSED_RGB_BPTC_UNSIGNED_FLOAT_EXT}else return null;if(i===Mu||i===Su||i===Nl||i===wu)if(r=t.get("EXT_texture_compression_rgtc"),r!==null){if(i===Mu)return r.COMPRESSED_RED_RGTC1_EXT;if(i===Su)return r.COMPRESSED_SIGNED_RED_RGTC1_EXT;if(i===Nl)return r.COMPRESSED_RED_GREEN_RGTC2_EXT;if(i===wu)return r.COMPRESSED_SIGNED_RED_GREEN_RGTC2_EXT}else return null;return i===Jr?n.UNSIGNED_INT_24_8:n[i]!==void 0?n[i]:null}return{convert:e}}var TT=`
void main() {

	gl_Position = vec4( position, 1.0 );

}`,RT=`
uniform sampler2DArray depthColor;
uniform float depthWidth;
uniform float depthHeight;

void main() {

	vec2 coord = vec2( gl_FragCoord.x / depthWidth, gl_FragCoord.y / depthHeight );

	if ( coord.x >= 1.0 ) {

		gl_FragDepth = texture( depthColor, vec3( coord.x - 1.0, coord.y, 1 ) ).r;

	} else {

		gl_FragDepth = texture( depthColor, vec3( coord.x, coord.y, 0 ) ).r;

	}

}`,Mp=class{constructor(){this.texture=null,this.mesh=null,this.depthNear=0,this.depthFar=0}init(t,e){if(this.texture===null){let i=new fl(t.texture);(t.depthNear!==e.depthNear||t.depthFar!==e.depthFar)&&(this.depthNear=t.depthNear,this.depthFar=t.depthFar),this.texture=i}}getMesh(t){if(this.texture!==null&&this.mesh===null){let e=t.cameras[0].viewport,i=new Di({vertexShader:TT,fragmentShader:RT,uniforms:{depthColor:{value:this.texture},depthWidth:{value:e.z},depthHeight:{value:e.w}}});this.mesh=new Pn(new dl(20,20),i)}return this.mesh}reset(){this.texture=null,this.mesh=null}getDepthTexture(){return this.texture}},Sp=class extends Ji{constructor(t,e){super();let i=this,s=null,r=1,o=null,a="local-floor",c=1,l=null,h=null,u=null,f=null,d=null,p=null,x=typeof XRWebGLBinding<"u",m=new Mp,g={},b=e.getContextAttributes(),T=null,v=null,R=[],E=[],_=new Yt,A=null,O=null,I=new Jn;I.viewport=new Ce;let L=new Jn;L.viewport=new Ce;let B=[I,L],V=new Oh,N=null,H=null;this.cameraAutoUpdate=!0,this.enabled=!1,this.isPresenting=!1,this.getController=function(tt){let mt=R[tt];return mt===void 0&&(mt=new Qo,R[tt]=mt),mt.getTargetRaySpace()},this.getControllerGrip=function(tt){let mt=R[tt];return mt===void 0&&(mt=new Qo,R[tt]=mt),mt.getGripSpace()},this.getHand=function(tt){let mt=R[tt];return mt===void 0&&(mt=new Qo,R[tt]=mt),mt.getHandSpace()};function Y(tt){let mt=E.indexOf(tt.inputSource);if(mt===-1)return;let _t=R[mt];_t!==void 0&&(_t.update(tt.inputSource,tt.frame,l||o),_t.dispatchEvent({type:tt.type,data:tt.inputSource}))}function z(){s.removeEventListener("select",Y),s.removeEventListener("selectstart",Y),s.removeEventListener("selectend",Y),s.removeEventListener("squeeze",Y),s.removeEventListener("squeezestart",Y),s.removeEventListener("squeezeend",Y),s.removeEventListener("end",z),s.removeEventListener("inputsourceschange",at);for(let tt=0;tt<R.length;tt++){let mt=E[tt];mt!==null&&(E[tt]=null,R[tt].disconnect(mt))}N=null,H=null,m.reset();for(let tt in g)delete g[tt];if(t.setRenderTarget(T),d=null,f=null,u=null,s=null,v=null,ut.stop(),i.isPresenting=!1,t.setPixelRatio(A),t.setSize(_.width,_.height,!1),O!==null){let tt=O.camera;tt.fov=O.fov,tt.zoom=O.zoom,tt.updateProjectionMatrix(),O=null}i.dispatchEvent({type:"sessionend"})}this.setFramebufferScaleFactor=function(tt){r=tt,i.isPresenting===!0&&qt("WebXRManager: Cannot change framebuffer scale while presenting.")},this.setReferenceSpaceType=function(tt){a=tt,i.isPresenting===!0&&qt("WebXRManager: Cannot change reference space type while presenting.")},this.getReferenceSpace=function(){return l||o},this.setReferenceSpace=function(tt){l=tt},this.getBaseLayer=function(){return f!==null?f:d},this.getBinding=function(){return u===null&&x&&(u=new XRWebGLBinding(s,e)),u},this.getFrame=function(){return p},this.getSession=function(){return s},this.setSession=async function(tt){if(s=tt,s!==null){if(T=t.getRenderTarget(),s.addEventListener("select",Y),s.addEventListener("selectstart",Y),s.addEventListener("selectend",Y),s.addEventListener("squeeze",Y),s.addEventListener("squeezestart",Y),s.addEventListener("squeezeend",Y),s.addEventListener("end",z),s.addEventListener("inputsourceschange",at),b.xrCompatible!==!0&&await e.makeXRCompatible(),A=t.getPixelRatio(),t.getSize(_),x&&"createProjectionLayer"in XRWebGLBinding.prototype){let _t=null,Tt=null,Mt=null;b.depth&&(Mt=b.stencil?e.DEPTH24_STENCIL8:e.DEPTH_COMPONENT24,_t=b.stencil?Ks:qs,Tt=b.stencil?Jr:ji);let Ht={colorFormat:e.RGBA8,depthFormat:Mt,scaleFactor:r};u=this.getBinding(),f=u.createProjectionLayer(Ht),s.updateRenderState({layers:[f]}),t.setPixelRatio(1),t.setSize(f.textureWidth,f.textureHeight,!1),v=new bi(f.textureWidth,f.textureHeight,{format:ts,type:ai,depthTexture:new Zs(f.textureWidth,f.textureHeight,Tt,void 0,void 0,void 0,void 0,void 0,void 0,_t),stencilBuffer:b.stencil,colorSpace:t.outputColorSpace,samples:b.antialias?4:0,resolveDepthBuffer:f.ignoreDepthValues===!1,resolveStencilBuffer:f.ignoreDepthValues===!1,storeMultisampledDepthBuffer:f.ignoreDepthValues===!1,storeMultisampledStencilBuffer:f.ignoreDepthValues===!1})}else{let _t={antialias:b.antialias,alpha:!0,depth:b.depth,stencil:b.stencil,framebufferScaleFactor:r};d=new XRWebGLLayer(s,e,_t),s.updateRenderState({baseLayer:d}),t.setPixelRatio(1),t.setSize(d.framebufferWidth,d.framebufferHeight,!1),v=new bi(d.framebufferWidth,d.framebufferHeight,{format:ts,type:ai,colorSpace:t.outputColorSpace,stencilBuffer:b.stencil,resolveDepthBuffer:d.ignoreDepthValues===!1,resolveStencilBuffer:d.ignoreDepthValues===!1,storeMultisampledDepthBuffer:d.ignoreDepthValues===!1,storeMultisampledStencilBuffer:d.ignoreDepthValues===!1})}v.isXRRenderTarget=!0,this.setFoveation(c),l=null,o=await s.requestReferenceSpace(a),ut.setContext(s),ut.start(),i.isPresenting=!0,i.dispatchEvent({type:"sessionstart"})}},this.getEnvironmentBlendMode=function(){if(s!==null)return s.environmentBlendMode},this.getDepthTexture=function(){return m.getDepthTexture()};function at(tt){for(let mt=0;mt<tt.removed.length;mt++){let _t=tt.removed[mt],Tt=E.indexOf(_t);Tt>=0&&(E[Tt]=null,R[Tt].disconnect(_t))}for(let mt=0;mt<tt.added.length;mt++){let _t=tt.added[mt],Tt=E.indexOf(_t);if(Tt===-1){for(let Ht=0;Ht<R.length;Ht++)if(Ht>=E.length){E.push(_t),Tt=Ht;break}else if(E[Ht]===null){E[Ht]=_t,Tt=Ht;break}if(Tt===-1)break}let Mt=R[Tt];Mt&&Mt.connect(_t)}}function Z(tt,mt){mt===null?tt.matrixWorld.copy(tt.matrix):tt.matrixWorld.multiplyMatrices(mt.matrixWorld,tt.matrix),tt.matrixWorldInverse.copy(tt.matrixWorld).invert()}this.updateCamera=function(tt){if(s===null)return;let mt=tt.near,_t=tt.far;m.texture!==null&&(m.depthNear>0&&(mt=m.depthNear),m.depthFar>0&&(_t=m.depthFar)),V.near=L.near=I.near=mt,V.far=L.far=I.far=_t,(N!==V.near||H!==V.far)&&(s.updateRenderState({depthNear:V.near,depthFar:V.far}),N=V.near,H=V.far),V.layers.mask=tt.layers.mask|6,I.layers.mask=V.layers.mask&-5,L.layers.mask=V.layers.mask&-3;let Tt=tt.parent,Mt=V.cameras;Z(V,Tt);for(let Ht=0;Ht<Mt.length;Ht++)Z(Mt[Ht],Tt);V.projectionMatrix.copy(I.projectionMatrix),V.projectionMatrixInverse.copy(I.projectionMatrixInverse),O===null&&tt.isPerspectiveCamera&&(O={camera:tt,fov:tt.fov,zoom:tt.zoom}),j(tt,V,Tt)};function j(tt,mt,_t){_t===null?tt.matrix.copy(mt.matrixWorld):(tt.matrix.copy(_t.matrixWorld),tt.matrix.invert(),tt.matrix.multiply(mt.matrixWorld)),tt.matrix.decompose(tt.position,tt.quaternion,tt.scale),tt.updateMatrixWorld(!0),tt.projectionMatrix.copy(mt.projectionMatrix),tt.projectionMatrixInverse.copy(mt.projectionMatrixInverse),tt.isPerspectiveCamera&&(tt.fov=Jo*2*Math.atan(1/tt.projectionMatrix.elements[5]),tt.zoom=1)}this.getCamera=function(){return V},this.getFoveation=function(){if(!(f===null&&d===null))return c},this.setFoveation=function(tt){c=tt,f!==null&&(f.fixedFoveation=tt),d!==null&&d.fixedFoveation!==void 0&&(d.fixedFoveation=tt)},this.hasDepthSensing=function(){return m.texture!==null},this.getDepthSensingMesh=function(){return m.getMesh(V)},this.getCameraTexture=function(tt){return g[tt]};let st=null;function ft(tt,mt){if(h=mt.getViewerPose(l||o),p=mt,h!==null){let _t=h.views;d!==null&&(t.setRenderTargetFramebuffer(v,d.framebuffer),t.setRenderTarget(v));let Tt=!1;_t.length!==V.cameras.length&&(V.cameras.length=0,Tt=!0);for(let Vt=0;Vt<_t.length;Vt++){let de=_t[Vt],he=null;if(d!==null)he=d.getViewport(de);else{let $e=u.getViewSubImage(f,de);he=$e.viewport,Vt===0&&(t.setRenderTargetTextures(v,$e.colorTexture,$e.depthStencilTexture),t.setRenderTarget(v))}let ne=B[Vt];ne===void 0&&(ne=new Jn,ne.layers.enable(Vt),ne.viewport=new Ce,B[Vt]=ne),ne.matrix.fromArray(de.transform.matrix),ne.matrix.decompose(ne.position,ne.quaternion,ne.scale),ne.projectionMatrix.fromArray(de.projectionMatrix),ne.projectionMatrixInverse.copy(ne.projectionMatrix).invert(),ne.viewport.set(he.x,he.y,he.width,he.height),Vt===0&&(V.matrix.copy(ne.matrix),V.matrix.decompose(V.position,V.quaternion,V.scale)),Tt===!0&&V.cameras.push(ne)}let Mt=s.enabledFeatures;if(Mt&&Mt.includes("depth-sensing")&&s.depthUsage=="gpu-optimized"&&x){u=i.getBinding();let Vt=u.getDepthInformation(_t[0]);Vt&&Vt.isValid&&Vt.texture&&m.init(Vt,s.renderState)}if(Mt&&Mt.includes("camera-access")&&x){t.state.unbindTexture(),u=i.getBinding();for(let Vt=0;Vt<_t.length;Vt++){let de=_t[Vt].camera;if(de){let he=g[de];he||(he=new fl,g[de]=he);let ne=u.getCameraImage(de);he.sourceTexture=ne}}}}for(let _t=0;_t<R.length;_t++){let Tt=E[_t],Mt=R[_t];Tt!==null&&Mt!==void 0&&Mt.update(Tt,mt,l||o)}st&&st(tt,mt),mt.detectedPlanes&&i.dispatchEvent({type:"planesdetected",data:mt}),p=null}let ut=new m_;ut.setAnimationLoop(ft),this.setAnimationLoop=function(tt){st=tt},this.dispose=function(){}}},CT=new ve,A_=new ee;A_.set(-1,0,0,0,1,0,0,0,1);function PT(n,t){function e(m,g){m.matrixAutoUpdate===!0&&m.updateMatrix(),g.value.copy(m.matrix)}function i(m,g){g.color.getRGB(m.fogColor.value,hp(n)),g.isFog?(m.fogNear.value=g.near,m.fogFar.value=g.far):g.isFogExp2&&(m.fogDensity.value=g.density)}function s(m,g,b,T,v){g.isNodeMaterial?g.uniformsNeedUpdate=!1:g.isMeshBasicMaterial?r(m,g):g.isMeshLambertMaterial?(r(m,g),g.envMap&&(m.envMapIntensity.value=g.envMapIntensity)):g.isMeshToonMaterial?(r(m,g),u(m,g)):g.isMeshPhongMaterial?(r(m,g),h(m,g),g.envMap&&(m.envMapIntensity.value=g.envMapIntensity)):g.isMeshStandardMaterial?(r(m,g),f(m,g),g.isMeshPhysicalMaterial&&d(m,g,v)):g.isMeshMatcapMaterial?(r(m,g),p(m,g)):g.isMeshDepthMaterial?r(m,g):g.isMeshDistanceMaterial?(r(m,g),x(m,g)):g.isMeshNormalMaterial?r(m,g):g.isLineBasicMaterial?(o(m,g),g.isLineDashedMaterial&&a(m,g)):g.isPointsMaterial?c(m,g,b,T):g.isSpriteMaterial?l(m,g):g.isShadowMaterial?(m.color.value.copy(g.color),m.opacity.value=g.opacity):g.isShaderMaterial&&(g.uniformsNeedUpdate=!1)}function r(m,g){m.opacity.value=g.opacity,g.color&&m.diffuse.value.copy(g.color),g.emissive&&m.emissive.value.copy(g.emissive).multiplyScalar(g.emissiveIntensity),g.map&&(m.map.value=g.map,e(g.map,m.mapTransform)),g.alphaMap&&(m.alphaMap.value=g.alphaMap,e(g.alphaMap,m.alphaMapTransform)),g.bumpMap&&(m.bumpMap.value=g.bumpMap,e(g.bumpMap,m.bumpMapTransform),m.bumpScale.value=g.bumpScale,g.side===ti&&(m.bumpScale.value*=-1)),g.normalMap&&(m.normalMap.value=g.normalMap,e(g.normalMap,m.normalMapTransform),m.normalScale.value.copy(g.normalScale),g.side===ti&&m.normalScale.value.negate()),g.displacementMap&&(m.displacementMap.value=g.displacementMap,e(g.displacementMap,m.displacementMapTransform),m.displacementScale.value=g.displacementScale,m.displacementBias.value=g.displacementBias),g.emissiveMap&&(m.emissiveMap.value=g.emissiveMap,e(g.emissiveMap,m.emissiveMapTransform)),g.specularMap&&(m.specularMap.value=g.specularMap,e(g.specularMap,m.specularMapTransform)),g.alphaTest>0&&(m.alphaTest.value=g.alphaTest);let b=t.get(g),T=b.envMap,v=b.envMapRotation;T&&(m.envMap.value=T,m.envMapRotation.value.setFromMatrix4(CT.makeRotationFromEuler(v)).transpose(),T.isCubeTexture&&T.isRenderTargetTexture===!1&&m.envMapRotation.value.premultiply(A_),m.reflectivity.value=g.reflectivity,m.ior.value=g.ior,m.refractionRatio.value=g.refractionRatio),g.lightMap&&(m.lightMap.value=g.lightMap,m.lightMapIntensity.value=g.lightMapIntensity,e(g.lightMap,m.lightMapTransform)),g.aoMap&&(m.aoMap.value=g.aoMap,m.aoMapIntensity.value=g.aoMapIntensity,e(g.aoMap,m.aoMapTransform))}function o(m,g){m.diffuse.value.copy(g.color),m.opacity.value=g.opacity,g.map&&(m.map.value=g.map,e(g.map,m.mapTransform))}function a(m,g){m.dashSize.value=g.dashSize,m.totalSize.value=g.dashSize+g.gapSize,m.scale.value=g.scale}function c(m,g,b,T){m.diffuse.value.copy(g.color),m.opacity.value=g.opacity,m.size.value=g.size*b,m.scale.value=T*.5,g.map&&(m.map.value=g.map,e(g.map,m.uvTransform)),g.alphaMap&&(m.alphaMap.value=g.alphaMap,e(g.alphaMap,m.alphaMapTransform)),g.alphaTest>0&&(m.alphaTest.value=g.alphaTest)}function l(m,g){m.diffuse.value.copy(g.color),m.opacity.value=g.opacity,m.rotation.value=g.rotation,g.map&&(m.map.value=g.map,e(g.map,m.mapTransform)),g.alphaMap&&(m.alphaMap.value=g.alphaMap,e(g.alphaMap,m.alphaMapTransform)),g.alphaTest>0&&(m.alphaTest.value=g.alphaTest)}function h(m,g){m.specular.value.copy(g.specular),m.shininess.value=Math.max(g.shininess,1e-4)}function u(m,g){g.gradientMap&&(m.gradientMap.value=g.gradientMap)}function f(m,g){m.metalness.value=g.metalness,g.metalnessMap&&(m.metalnessMap.value=g.metalnessMap,e(g.metalnessMap,m.metalnessMapTransform)),m.roughness.value=g.roughness,g.roughnessMap&&(m.roughnessMap.value=g.roughnessMap,e(g.roughnessMap,m.roughnessMapTransform)),g.envMap&&(m.envMapIntensity.value=g.envMapIntensity)}function d(m,g,b){m.ior.value=g.ior,g.diffuseRoughness>0&&(m.diffuseRoughness.value=g.diffuseRoughness,g.diffuseRoughnessMap&&(m.diffuseRoughnessMap.value=g.diffuseRoughnessMap,e(g.diffuseRoughnessMap,m.diffuseRoughnessMapTransform))),g.sheen>0&&(m.sheenColor.value.copy(g.sheenColor).multiplyScalar(g.sheen),m.sheenRoughness.value=g.sheenRoughness,g.sheenColorMap&&(m.sheenColorMap.value=g.sheenColorMap,e(g.sheenColorMap,m.sheenColorMapTransform)),g.sheenRoughnessMap&&(m.sheenRoughnessMap.value=g.sheenRoughnessMap,e(g.sheenRoughnessMap,m.sheenRoughnessMapTransform))),g.clearcoat>0&&(m.clearcoat.value=g.clearcoat,m.clearcoatRoughness.value=g.clearcoatRoughness,g.clearcoatMap&&(m.clearcoatMap.value=g.clearcoatMap,e(g.clearcoatMap,m.clearcoatMapTransform)),g.clearcoatRoughnessMap&&(m.clearcoatRoughnessMap.value=g.clearcoatRoughnessMap,e(g.clearcoatRoughnessMap,m.clearcoatRoughnessMapTransform)),g.clearcoatNormalMap&&(m.clearcoatNormalMap.value=g.clearcoatNormalMap,e(g.clearcoatNormalMap,m.clearcoatNormalMapTransform),m.clearcoatNormalScale.value.copy(g.clearcoatNormalScale),g.side===ti&&m.clearcoatNormalScale.value.negate())),g.dispersion>0&&(m.dispersion.value=g.dispersion),g.retroreflectivity>0&&(m.retroreflectivity.value=g.retroreflectivity),g.iridescence>0&&(m.iridescence.value=g.iridescence,m.iridescenceIOR.value=g.iridescenceIOR,m.iridescenceThicknessMinimum.value=g.iridescenceThicknessMinimum,m.iridescenceThicknessMaximum.value=g.iridescenceThicknessMaximum,g.iridescenceMap&&(m.iridescenceMap.value=g.iridescenceMap,e(g.iridescenceMap,m.iridescenceMapTransform)),g.iridescenceThicknessMap&&(m.iridescenceThicknessMap.value=g.iridescenceThicknessMap,e(g.iridescenceThicknessMap,m.iridescenceThicknessMapTransform))),g.transmission>0&&(m.transmission.value=g.transmission,m.transmissionSamplerMap.value=b.texture,m.transmissionSamplerSize.value.set(b.width,b.height),g.transmissionMap&&(m.transmissionMap.value=g.transmissionMap,e(g.transmissionMap,m.transmissionMapTransform)),m.thickness.value=g.thickness,g.thicknessMap&&(m.thicknessMap.value=g.thicknessMap,e(g.thicknessMap,m.thicknessMapTransform)),m.attenuationDistance.value=g.attenuationDistance,m.attenuationColor.value.copy(g.attenuationColor)),g.anisotropy>0&&(m.anisotropyVector.value.set(g.anisotropy*Math.cos(g.anisotropyRotation),g.anisotropy*Math.sin(g.anisotropyRotation)),g.anisotropyMap&&(m.anisotropyMap.value=g.anisotropyMap,e(g.anisotropyMap,m.anisotropyMapTransform))),m.specularIntensity.value=g.specularIntensity,m.specularColor.value.copy(g.specularColor),g.specularColorMap&&(m.specularColorMap.value=g.specularColorMap,e(g.specularColorMap,m.specularColorMapTransform)),g.specularIntensityMap&&(m.specularIntensityMap.value=g.specularIntensityMap,e(g.specularIntensityMap,m.specularIntensityMapTransform))}function p(m,g){g.matcap&&(m.matcap.value=g.matcap)}function x(m,g){let b=t.get(g).light;m.referencePosition.value.setFromMatrixPosition(b.matrixWorld),m.nearDistance.value=b.shadow.camera.near,m.farDistance.value=b.shadow.camera.far}return{refreshFogUniforms:i,refreshMaterialUniforms:s}}function IT(n,t,e,i){let s={},r={};function o(b,T){let v=T.program;i.uniformBlockBinding(b,v,s[b.id])}function a(b,T){let v=s[b.id];v===void 0&&(p(b),v=c(b),s[b.id]=v,b.addEventListener("dispose",m));let R=T.program;i.updateUBOMapping(b,R);let E=t.render.frame;r[b.id]!==E&&(l(b),r[b.id]=E)}function c(b){let T=n.createBuffer(),v=b.__size,R=b.usage;return n.bindBuffer(n.UNIFORM_BUFFER,T),n.bufferData(n.UNIFORM_BUFFER,v,R),n.bindBuffer(n.UNIFORM_BUFFER,null),T}function l(b){let T=s[b.id],v=b.uniforms,R=b.__cache;n.bindBuffer(n.UNIFORM_BUFFER,T);for(let E=0,_=v.length;E<_;E++){let A=v[E];if(Array.isArray(A))for(let O=0,I=A.length;O<I;O++)h(A[O],E,O,R);else h(A,E,0,R)}n.bindBuffer(n.UNIFORM_BUFFER,null)}function h(b,T,v,R){if(f(b,T,v,R)===!0){let E=b.__offset,_=b.value;if(Array.isArray(_)){let A=0;for(let O=0;O<_.length;O++){let I=_[O],L=x(I,!0);u(I,b.__data,A),A+=L.storage/Float32Array.BYTES_PER_ELEMENT}}else u(_,b.__data,0);n.bufferSubData(n.UNIFORM_BUFFER,E,b.__data)}}function u(b,T,v){typeof b=="number"||typeof b=="boolean"?T[v]=b:b.isMatrix3?(T[v]=b.elements[0],T[v+1]=b.elements[1],T[v+2]=b.elements[2],T[v+3]=0,T[v+4]=b.elements[3],T[v+5]=b.elements[4],T[v+6]=b.elements[5],T[v+7]=0,T[v+8]=b.elements[6],T[v+9]=b.elements[7],T[v+10]=b.elements[8],T[v+11]=0):ArrayBuffer.isView(b)?T.set(b.subarray(0,T.length-v),v):b.toArray(T,v)}function f(b,T,v,R){let E=b.value,_=T+"_"+v;if(Array.isArray(E)){R[_]===void 0&&(R[_]=[]);let A=R[_],O=!1;for(let I=0;I<E.length;I++)d(E[I],A,I)===!0&&(O=!0);return O}return d(E,R,_)}function d(b,T,v){if(T[v]===void 0)return typeof b=="number"||typeof b=="boolean"?T[v]=b:ArrayBuffer.isView(b)?T[v]=b.slice():T[v]=b.clone(),!0;{let R=T[v];if(typeof b=="number"||typeof b=="boolean"){if(R!==b)return T[v]=b,!0}else{if(ArrayBuffer.isView(b))return!0;if(R.equals(b)===!1)return R.copy(b),!0}}return!1}function p(b){let T=b.uniforms,v=0,R=16;for(let _=0,A=T.length;_<A;_++){let O=Array.isArray(T[_])?T[_]:[T[_]];for(let I=0,L=O.length;I<L;I++){let B=O[I],V=Array.isArray(B.value)?B.value:[B.value],N=Array.isArray(T[_])||Array.isArray(B.value),H=v;for(let z=0,at=V.length;z<at;z++){let Z=V[z],j=x(Z,N),st=v%R,ft=st%j.boundary,ut=st+ft;v+=ft,ut!==0&&R-ut<j.storage&&(v+=R-ut),z===0&&(H=v),v+=j.storage}let Y=B.type==="int"?Int32Array:B.type==="uint"?Uint32Array:Float32Array;B.__data=new Y((v-H)/Float32Array.BYTES_PER_ELEMENT),B.__offset=H}}let E=v%R;return E>0&&(v+=R-E),b.__size=v,b.__cache={},this}function x(b,T){let v={boundary:0,storage:0};return typeof b=="number"||typeof b=="boolean"?(v.boundary=4,v.storage=4):b.isVector2?(v.boundary=8,v.storage=8):b.isVector3||b.isColor?(v.boundary=16,v.storage=12):b.isVector4?(v.boundary=16,v.storage=16):b.isMatrix3?(v.boundary=16,v.storage=48):b.isMatrix4?(v.boundary=16,v.storage=64):b.isTexture?qt("WebGLRenderer: Texture samplers can not be part of an uniforms group."):ArrayBuffer.isView(b)?(v.boundary=16,v.storage=b.byteLength):qt("WebGLRenderer: Unsupported uniform value type.",b),T===!0&&(v.boundary=16,v.storage=Math.ceil(v.storage/16)*16),v}function m(b){let T=b.target;T.removeEventListener("dispose",m),n.deleteBuffer(s[T.id]),delete s[T.id],delete r[T.id]}function g(){for(let b in s)n.deleteBuffer(s[b]);s={},r={}}return{bind:o,update:a,dispose:g}}var LT=new Uint16Array([12469,15057,12620,14925,13266,14620,13807,14376,14323,13990,14545,13625,14713,13328,14840,12882,14931,12528,14996,12233,15039,11829,15066,11525,15080,11295,15085,10976,15082,10705,15073,10495,13880,14564,13898,14542,13977,14430,14158,14124,14393,13732,14556,13410,14702,12996,14814,12596,14891,12291,14937,11834,14957,11489,14958,11194,14943,10803,14921,10506,14893,10278,14858,9960,14484,14039,14487,14025,14499,13941,14524,13740,14574,13468,14654,13106,14743,12678,14818,12344,14867,11893,14889,11509,14893,11180,14881,10751,14852,10428,14812,10128,14765,9754,14712,9466,14764,13480,14764,13475,14766,13440,14766,13347,14769,13070,14786,12713,14816,12387,14844,11957,14860,11549,14868,11215,14855,10751,14825,10403,14782,10044,14729,9651,14666,9352,14599,9029,14967,12835,14966,12831,14963,12804,14954,12723,14936,12564,14917,12347,14900,11958,14886,11569,14878,11247,14859,10765,14828,10401,14784,10011,14727,9600,14660,9289,14586,8893,14508,8533,15111,12234,15110,12234,15104,12216,15092,12156,15067,12010,15028,11776,14981,11500,14942,11205,14902,10752,14861,10393,14812,9991,14752,9570,14682,9252,14603,8808,14519,8445,14431,8145,15209,11449,15208,11451,15202,11451,15190,11438,15163,11384,15117,11274,15055,10979,14994,10648,14932,10343,14871,9936,14803,9532,14729,9218,14645,8742,14556,8381,14461,8020,14365,7603,15273,10603,15272,10607,15267,10619,15256,10631,15231,10614,15182,10535,15118,10389,15042,10167,14963,9787,14883,9447,14800,9115,14710,8665,14615,8318,14514,7911,14411,7507,14279,7198,15314,9675,15313,9683,15309,9712,15298,9759,15277,9797,15229,9773,15166,9668,15084,9487,14995,9274,14898,8910,14800,8539,14697,8234,14590,7790,14479,7409,14367,7067,14178,6621,15337,8619,15337,8631,15333,8677,15325,8769,15305,8871,15264,8940,15202,8909,15119,8775,15022,8565,14916,8328,14804,8009,14688,7614,14569,7287,14448,6888,14321,6483,14088,6171,15350,7402,15350,7419,15347,7480,15340,7613,15322,7804,15287,7973,15229,8057,15148,8012,15046,7846,14933,7611,14810,7357,14682,7069,14552,6656,14421,6316,14251,5948,14007,5528,15356,5942,15356,5977,15353,6119,15348,6294,15332,6551,15302,6824,15249,7044,15171,7122,15070,7050,14949,6861,14818,6611,14679,6349,14538,6067,14398,5651,14189,5311,13935,4958,15359,4123,15359,4153,15356,4296,15353,4646,15338,5160,15311,5508,15263,5829,15188,6042,15088,6094,14966,6001,14826,5796,14678,5543,14527,5287,14377,4985,14133,4586,13869,4257,15360,1563,15360,1642,15358,2076,15354,2636,15341,3350,15317,4019,15273,4429,15203,4732,15105,4911,14981,4932,14836,4818,14679,4621,14517,4386,14359,4156,14083,3795,13808,3437,15360,122,15360,137,15358,285,15355,636,15344,1274,15322,2177,15281,2765,15215,3223,15120,3451,14995,3569,14846,3567,14681,3466,14511,3305,14344,3121,14037,2800,13753,2467,15360,0,15360,1,15359,21,15355,89,15346,253,15325,479,15287,796,15225,1148,15133,1492,15008,1749,14856,1882,14685,1886,14506,1783,14324,1608,13996,1398,13702,1183]),vs=null;function NT(){return vs===null&&(vs=new al(LT,16,16,Er,Qi),vs.name="DFG_LUT",vs.minFilter=jn,vs.magFilter=jn,vs.wrapS=ys,vs.wrapT=ys,vs.generateMipmaps=!1,vs.needsUpdate=!0),vs}var Pu=class{constructor(t={}){let{canvas:e=Vx(),context:i=null,depth:s=!0,stencil:r=!1,alpha:o=!1,antialias:a=!1,premultipliedAlpha:c=!0,preserveDrawingBuffer:l=!1,powerPreference:h="default",failIfMajorPerformanceCaveat:u=!1,reversedDepthBuffer:f=!1,outputBufferType:d=ai}=t;this.isWebGLRenderer=!0;let p;if(i!==null){if(typeof WebGLRenderingContext<"u"&&i instanceof WebGLRenderingContext)throw new Error("THREE.WebGLRenderer: WebGL 1 is not supported since r163.");p=i.getContextAttributes().alpha}else p=o;let x=d,m=new Set([Yh,$h,qh]),g=new Set([ai,ji,la,Jr,Hh,Wh]),b=new Uint32Array(4),T=new Int32Array(4),v={textures:[],min:[],max:[],resolution:[]},R=null,E=null,_=[],A=[],O=null;this.domElement=e,this.debug={checkShaderErrors:!0,diagnostics:{keywords:!1},onShaderError:null},this.autoClear=!0,this.autoClearColor=!0,this.autoClearDepth=!0,this.autoClearStencil=!0,this.sortObjects=!0,this.clippingPlanes=[],this.localClippingEnabled=!1,this.toneMapping=bs,this.toneMappingExposure=1,this.transmissionResolutionScale=1;let I=this,L=!1,B=null,V=null,N=null,H=null;this._outputColorSpace=Zn;let Y=0,z=0,at=null,Z=-1,j=null,st=new Ce,ft=new Ce,ut=null,tt=new ae(0),mt=0,_t=e.width,Tt=e.height,Mt=1,Ht=null,se=null,Vt=new Ce(0,0,_t,Tt),de=new Ce(0,0,_t,Tt),he=!1,ne=new _r,$e=new yh,ze=!1,on=!1,De=new ve,Mn=new W,be=new Ce,pn={background:null,fog:null,environment:null,overrideMaterial:null,isScene:!0},Ke=!1;function an(){return at===null?Mt:1}let F=i;function Ct(w,k){return e.getContext(w,k)}let $t,re,St,Fe,zt,Xt,C,M,X,ht,ot,xt,yt,et,it,pt,U,rt,nt,wt,gt,vt,Gt;try{let w={alpha:!0,depth:s,stencil:r,antialias:a,premultipliedAlpha:c,preserveDrawingBuffer:l,powerPreference:h,failIfMajorPerformanceCaveat:u};if("setAttribute"in e&&e.setAttribute("data-engine",`three.js r${"187"}`),e.addEventListener("webglcontextlost",Ot,!1),e.addEventListener("webglcontextrestored",Kt,!1),e.addEventListener("webglcontextcreationerror",Rt,!1),F===null){let k="webgl2";if(F=Ct(k,w),F===null)throw Ct(k)?new Error("THREE.WebGLRenderer: Error creating WebGL context with your selected attributes."):new Error("THREE.WebGLRenderer: Error creating WebGL context.")}Jt()}catch(w){throw e.removeEventListener("webglcontextlost",Ot,!1),e.removeEventListener("webglcontextrestored",Kt,!1),e.removeEventListener("webglcontextcreationerror",Rt,!1),jt("WebGLRenderer: "+w.message),w}function Jt(){$t=new WA(F),$t.init(),gt=new ET(F,$t),re=new NA(F,$t,t,gt),St=new wT(F,$t),re.reversedDepthBuffer&&f&&St.buffers.depth.setReversed(!0),V=F.createFramebuffer(),N=F.createFramebuffer(),H=F.createFramebuffer(),Fe=new $A(F),zt=new hT,Xt=new AT(F,$t,St,zt,re,gt,Fe),C=new HA(I),M=new ZM(F),vt=new IA(F,M),X=new XA(F,M,Fe,vt),ht=new ZA(F,X,M,vt,Fe),rt=new YA(F,re,Xt),it=new DA(zt),ot=new cT(I,C,$t,re,vt,it),xt=new PT(I,zt),yt=new fT,et=new _T($t),U=new PA(I,C,St,ht,p,c),pt=new ST(I,ht,re),Gt=new IT(F,Fe,re,St),nt=new LA(F,$t,Fe),wt=new qA(F,$t,Fe),Fe.programs=ot.programs,I.capabilities=re,I.extensions=$t,I.properties=zt,I.renderLists=yt,I.shadowMap=pt,I.state=St,I.info=Fe}x!==ai&&(O=new KA(x,e.width,e.height,a,s,r));let ct=new Sp(I,F);this.xr=ct,this.getContext=function(){return F},this.getContextAttributes=function(){return F.getContextAttributes()},this.forceContextLoss=function(){let w=$t.get("WEBGL_lose_context");w&&w.loseContext()},this.forceContextRestore=function(){let w=$t.get("WEBGL_lose_context");w&&w.restoreContext()},this.getPixelRatio=function(){return Mt},this.setPixelRatio=function(w){w!==void 0&&(Mt=w,this.setSize(_t,Tt,!1))},this.getSize=function(w){return w.set(_t,Tt)},this.setSize=function(w,k,Q=!0){if(ct.isPresenting){qt("WebGLRenderer: Can't change size while VR device is presenting.");return}_t=w,Tt=k,e.width=Math.floor(w*Mt),e.height=Math.floor(k*Mt),Q===!0&&(e.style.width=w+"px",e.style.height=k+"px"),O!==null&&O.setSize(e.width,e.height),this.setViewport(0,0,w,k)},this.getDrawingBufferSize=function(w){return w.set(_t*Mt,Tt*Mt).floor()},this.setDrawingBufferSize=function(w,k,Q){_t=w,Tt=k,Mt=Q,e.width=Math.floor(w*Q),e.height=Math.floor(k*Q),this.setViewport(0,0,w,k)},this.setEffects=function(w){if(x===ai){jt("WebGLRenderer: setEffects() requires outputBufferType set to HalfFloatType or FloatType.");return}if(w){for(let k=0;k<w.length;k++)if(w[k].isOutputPass===!0){qt("WebGLRenderer: OutputPass is not needed in setEffects(). Tone mapping and color space conversion are applied automatically.");break}}O.setEffects(w||[])},this.getCurrentViewport=function(w){return w.copy(st)},this.getViewport=function(w){return w.copy(Vt)},this.setViewport=function(w,k,Q,q){w.isVector4?Vt.set(w.x,w.y,w.z,w.w):Vt.set(w,k,Q,q),St.viewport(st.copy(Vt).multiplyScalar(an()).round())},this.getScissor=function(w){return w.copy(de)},this.setScissor=function(w,k,Q,q){w.isVector4?de.set(w.x,w.y,w.z,w.w):de.set(w,k,Q,q),St.scissor(ft.copy(de).multiplyScalar(an()).round())},this.getScissorTest=function(){return he},this.setScissorTest=function(w){St.setScissorTest(he=w)},this.setOpaqueSort=function(w){Ht=w},this.setTransparentSort=function(w){se=w},this.getClearColor=function(w){return w.copy(U.getClearColor())},this.setClearColor=function(){U.setClearColor(...arguments)},this.getClearAlpha=function(){return U.getClearAlpha()},this.setClearAlpha=function(){U.setClearAlpha(...arguments)},this.clear=function(w=!0,k=!0,Q=!0){let q=0;if(w){let $=!1;if(at!==null){let At=at.texture.format;$=m.has(At)}if($){let At=at.texture.type,It=g.has(At),Et=U.getClearColor(),Lt=U.getClearAlpha(),kt=Et.r,Qt=Et.g,pe=Et.b;It?(b[0]=kt,b[1]=Qt,b[2]=pe,b[3]=Lt,F.clearBufferuiv(F.COLOR,0,b)):(T[0]=kt,T[1]=Qt,T[2]=pe,T[3]=Lt,F.clearBufferiv(F.COLOR,0,T))}else q|=F.COLOR_BUFFER_BIT}k&&(q|=F.DEPTH_BUFFER_BIT,this.state.buffers.depth.setMask(!0)),Q&&(q|=F.STENCIL_BUFFER_BIT,this.state.buffers.stencil.setMask(4294967295)),q!==0&&F.clear(q)},this.clearColor=function(){this.clear(!0,!1,!1)},this.clearDepth=function(){this.clear(!1,!0,!1)},this.clearStencil=function(){this.clear(!1,!1,!0)},this.setNodesHandler=function(w){w.setRenderer(this),B=w},this.dispose=function(){e.removeEventListener("webglcontextlost",Ot,!1),e.removeEventListener("webglcontextrestored",Kt,!1),e.removeEventListener("webglcontextcreationerror",Rt,!1),U.dispose(),yt.dispose(),et.dispose(),Xt.dispose(),zt.dispose(),C.dispose(),ht.dispose(),X.dispose(),vt.dispose(),Gt.dispose(),ot.dispose(),ct.dispose(),ct.removeEventListener("sessionstart",Kl),ct.removeEventListener("sessionend",ss),Rs.stop()};function Ot(w){w.preventDefault(),nl("WebGLRenderer: Context Lost."),L=!0}function Kt(){nl("WebGLRenderer: Context Restored."),L=!1;let w=Fe.autoReset,k=pt.enabled,Q=pt.autoUpdate,q=pt.needsUpdate,$=pt.type;Jt(),Fe.autoReset=w,pt.enabled=k,pt.autoUpdate=Q,pt.needsUpdate=q,pt.type=$}function Rt(w){jt("WebGLRenderer: A WebGL context could not be created. Reason: ",w.statusMessage)}function le(w){let k=w.target;k.removeEventListener("dispose",le),Ve(k)}function Ve(w){Gn(w),zt.remove(w)}function Gn(w){let k=zt.get(w).programs;k!==void 0&&(k.forEach(function(Q){ot.releaseProgram(Q)}),w.isShaderMaterial&&ot.releaseShaderCache(w))}this.renderBufferDirect=function(w,k,Q,q,$,At){k===null&&(k=pn);let It=$.isMesh&&$.matrixWorld.determinantAffine()<0,Et=Ta(w,k,Q,q,$);St.setMaterial(q,It);let Lt=Q.index,kt=1;if(q.wireframe===!0){if(Lt=X.getWireframeAttribute(Q),Lt===void 0)return;kt=2}let Qt=Q.drawRange,pe=Q.attributes.position,Bt=Qt.start*kt,me=(Qt.start+Qt.count)*kt;At!==null&&(Bt=Math.max(Bt,At.start*kt),me=Math.min(me,(At.start+At.count)*kt)),Lt!==null?(Bt=Math.max(Bt,0),me=Math.min(me,Lt.count)):pe!=null&&(Bt=Math.max(Bt,0),me=Math.min(me,pe.count));let Ze=me-Bt;if(Ze<0||Ze===1/0)return;vt.setup($,q,Et,Q,Lt);let Ie,Le=nt;if(Lt!==null&&(Ie=M.get(Lt),Le=wt,Le.setIndex(Ie)),$.isMesh)q.wireframe===!0?(St.setLineWidth(q.wireframeLinewidth*an()),Le.setMode(F.LINES)):Le.setMode(F.TRIANGLES);else if($.isLine){let mn=q.linewidth;mn===void 0&&(mn=1),St.setLineWidth(mn*an()),$.isLineSegments?Le.setMode(F.LINES):$.isLineLoop?Le.setMode(F.LINE_LOOP):Le.setMode(F.LINE_STRIP)}else $.isPoints?Le.setMode(F.POINTS):$.isSprite&&Le.setMode(F.TRIANGLES);if($.isBatchedMesh)if($t.get("WEBGL_multi_draw"))Le.renderMultiDraw($._multiDrawStarts,$._multiDrawCounts,$._multiDrawCount);else{let mn=$._multiDrawStarts,Ut=$._multiDrawCounts,ln=$._multiDrawCount,xe=Lt?M.get(Lt).bytesPerElement:1,Ps=zt.get(q).currentProgram.getUniforms();for(let cn=0;cn<ln;cn++)Ps.setValue(F,"_gl_DrawID",cn),Le.render(mn[cn]/xe,Ut[cn])}else if($.isInstancedMesh)Le.renderInstances(Bt,Ze,$.count);else if(Q.isInstancedBufferGeometry){let mn=Q._maxInstanceCount!==void 0?Q._maxInstanceCount:1/0,Ut=Math.min(Q.instanceCount,mn);Le.renderInstances(Bt,Ze,Ut)}else Le.render(Bt,Ze)};function wa(w,k,Q,q){B!==null&&w.isNodeMaterial&&B.setObject(q,w),ze===!0&&it.setState(w,Q,!1),w.transparent===!0&&w.side===Ui&&w.forceSinglePass===!1?(w.side=ti,w.needsUpdate=!0,rs(w,k,q),w.side=Ar,w.needsUpdate=!0,rs(w,k,q),w.side=Ui):rs(w,k,q)}this.compile=function(w,k,Q=null){Q===null&&(Q=w),B!==null&&B.renderStart(w,k,Q),E=et.get(Q),E.init(k),A.push(E),Q.traverseVisible(function($){$.isLight&&$.layers.test(k.layers)&&(E.pushLight($),$.castShadow&&E.pushShadow($))}),w!==Q&&w.traverseVisible(function($){$.isLight&&$.layers.test(k.layers)&&(E.pushLight($),$.castShadow&&E.pushShadow($))}),E.setupLights(),B!==null&&B.updateLights(E.state.lightsArray),on=this.localClippingEnabled,ze=it.init(this.clippingPlanes,on),ze===!0&&it.setGlobalState(this.clippingPlanes,k),B!==null&&pt.render(E.state.shadowsArray,Q,k);let q=new Set;return w.traverse(function($){if(!($.isMesh||$.isPoints||$.isLine||$.isSprite))return;let At=$.material;if(At)if(Array.isArray(At))for(let It=0;It<At.length;It++){let Et=At[It];wa(Et,Q,k,$),q.add(Et)}else wa(At,Q,k,$),q.add(At)}),E=A.pop(),B!==null&&B.renderEnd(),q},this.compileAsync=function(w,k,Q=null){let q=this.compile(w,k,Q);return new Promise($=>{function At(){if(q.forEach(function(It){let Lt=zt.get(It).currentProgram;(Lt===void 0||Lt.isReady())&&q.delete(It)}),q.size===0){$(w);return}setTimeout(At,10)}$t.get("KHR_parallel_shader_compile")!==null?At():setTimeout(At,10)})};let ro=null;function ff(w){ro&&ro(w)}function Kl(){Rs.stop()}function ss(){Rs.start()}let Rs=new m_;Rs.setAnimationLoop(ff),typeof self<"u"&&Rs.setContext(self),this.setAnimationLoop=function(w){ro=w,ct.setAnimationLoop(w),w===null?Rs.stop():Rs.start()},ct.addEventListener("sessionstart",Kl),ct.addEventListener("sessionend",ss),this.render=function(w,k){if(k!==void 0&&k.isCamera!==!0){jt("WebGLRenderer.render: camera is not an instance of THREE.Camera.");return}if(L===!0)return;B!==null&&B.renderStart(w,k);let Q=ct.enabled===!0&&ct.isPresenting===!0,q=O!==null&&(at===null||Q)&&O.begin(I,at);if(w.matrixWorldAutoUpdate===!0&&w.updateMatrixWorld(),k.parent===null&&k.matrixWorldAutoUpdate===!0&&k.updateMatrixWorld(),ct.enabled===!0&&ct.isPresenting===!0&&(O===null||O.isCompositing()===!1)&&(ct.cameraAutoUpdate===!0&&ct.updateCamera(k),k=ct.getCamera()),w.isScene===!0&&w.onBeforeRender(I,w,k,at),E=et.get(w,A.length),E.init(k),E.state.textureUnits=Xt.getTextureUnits(),A.push(E),De.multiplyMatrices(k.projectionMatrix,k.matrixWorldInverse),k.isArrayCamera?$e.setFromArrayCamera(k):ne.setFromProjectionMatrix(De,Li,k.reversedDepth),on=this.localClippingEnabled,ze=it.init(this.clippingPlanes,on),R=yt.get(w,_.length),R.init(),_.push(R),this.info.render.frame++,ct.enabled===!0&&ct.isPresenting===!0){let It=I.xr.getDepthSensingMesh();It!==null&&Cs(It,k,-1/0,I.sortObjects)}Cs(w,k,0,I.sortObjects),R.finish(),B!==null&&B.updateLights(E.state.lightsArray),I.sortObjects===!0&&R.sort(Ht,se),Ke=ct.enabled===!1||ct.isPresenting===!1||ct.hasDepthSensing()===!1,Ke&&U.addToRenderList(R,w),this.info.autoReset===!0&&this.info.reset(),ze===!0&&it.beginShadows();let $=E.state.shadowsArray;if(pt.render($,w,k),ze===!0&&it.endShadows(),(q&&O.hasRenderPass())===!1){let It=R.opaque,Et=R.transmissive;if(E.setupLights(),k.isArrayCamera){let Lt=k.cameras;if(Et.length>0)for(let kt=0,Qt=Lt.length;kt<Qt;kt++){let pe=Lt[kt];ki(It,Et,w,pe)}Ke&&U.render(w);for(let kt=0,Qt=Lt.length;kt<Qt;kt++){let pe=Lt[kt];Aa(R,w,pe,pe.viewport)}}else Et.length>0&&ki(It,Et,w,k),Ke&&U.render(w),Aa(R,w,k)}at!==null&&z===0&&(Xt.updateMultisampleRenderTarget(at),Xt.updateRenderTargetMipmap(at)),q&&O.end(I),w.isScene===!0&&w.onAfterRender(I,w,k),vt.resetDefaultState(),Z=-1,j=null,A.pop(),A.length>0?(E=A[A.length-1],Xt.setTextureUnits(E.state.textureUnits),ze===!0&&it.setGlobalState(I.clippingPlanes,E.state.camera)):E=null,_.pop(),_.length>0?R=_[_.length-1]:R=null,B!==null&&B.renderEnd()};function Cs(w,k,Q,q){if(w.visible===!1)return;if(w.layers.test(k.layers)){if(w.isGroup)Q=w.renderOrder;else if(w.isLOD)w.autoUpdate===!0&&w.update(k);else if(w.isLight)E.pushLight(w),w.castShadow&&E.pushShadow(w);else if(w.isSprite){let It=k.isArrayCamera?$e:ne;if(!w.frustumCulled||w.intersectsFrustum(It)){q&&be.setFromMatrixPosition(w.matrixWorld).applyMatrix4(De);let Et=ht.update(w),Lt=w.material;Lt.visible&&R.push(w,Et,Lt,Q,be.z,null,k)}}else if(w.isMesh||w.isLine||w.isPoints){let It=k.isArrayCamera?$e:ne;if(!w.frustumCulled||w.intersectsFrustum(It)){let Et=ht.update(w),Lt=w.material;if(q&&(w.boundingSphere!==void 0?(w.boundingSphere===null&&w.computeBoundingSphere(),be.copy(w.boundingSphere.center)):(Et.boundingSphere===null&&Et.computeBoundingSphere(),be.copy(Et.boundingSphere.center)),be.applyMatrix4(w.matrixWorld).applyMatrix4(De)),Array.isArray(Lt)){let kt=Et.groups;for(let Qt=0,pe=kt.length;Qt<pe;Qt++){let Bt=kt[Qt],me=Lt[Bt.materialIndex];me&&me.visible&&R.push(w,Et,me,Q,be.z,Bt,k)}}else Lt.visible&&R.push(w,Et,Lt,Q,be.z,null,k)}}}let At=w.children;for(let It=0,Et=At.length;It<Et;It++)Cs(At[It],k,Q,q)}function Aa(w,k,Q,q){let{opaque:$,transmissive:At,transparent:It}=w;E.setupLightsView(Q),ze===!0&&it.setGlobalState(I.clippingPlanes,Q),q&&St.viewport(st.copy(q)),$.length>0&&je($,k,Q),At.length>0&&je(At,k,Q),It.length>0&&je(It,k,Q),St.buffers.depth.setTest(!0),St.buffers.depth.setMask(!0),St.buffers.color.setMask(!0),St.setPolygonOffset(!1)}function ki(w,k,Q,q){if((Q.isScene===!0?Q.overrideMaterial:null)!==null)return;if(E.state.transmissionRenderTarget[q.id]===void 0){let Bt=$t.has("EXT_color_buffer_half_float")||$t.has("EXT_color_buffer_float");E.state.transmissionRenderTarget[q.id]=new bi(1,1,{generateMipmaps:!0,type:Bt?Qi:ai,minFilter:Js,samples:Math.max(4,re.samples),stencilBuffer:r,resolveDepthBuffer:!1,resolveStencilBuffer:!1,storeMultisampledDepthBuffer:!1,storeMultisampledStencilBuffer:!1,colorSpace:_e.workingColorSpace})}let At=E.state.transmissionRenderTarget[q.id],It=q.viewport||st;At.setSize(It.z*I.transmissionResolutionScale,It.w*I.transmissionResolutionScale);let Et=I.getRenderTarget(),Lt=I.getActiveCubeFace(),kt=I.getActiveMipmapLevel();I.setRenderTarget(At),I.getClearColor(tt),mt=I.getClearAlpha(),mt<1&&I.setClearColor(16777215,.5),I.clear(),Ke&&U.render(Q);let Qt=I.toneMapping;I.toneMapping=bs;let pe=q.viewport;if(q.viewport!==void 0&&(q.viewport=void 0),E.setupLightsView(q),ze===!0&&it.setGlobalState(I.clippingPlanes,q),je(w,Q,q),Xt.updateMultisampleRenderTarget(At),Xt.updateRenderTargetMipmap(At),$t.has("WEBGL_multisampled_render_to_texture")===!1){let Bt=!1;for(let me=0,Ze=k.length;me<Ze;me++){let Ie=k[me],{object:Le,geometry:mn,material:Ut,group:ln}=Ie;if(Ut.side===Ui&&Le.layers.test(q.layers)){let xe=Ut.side;Ut.side=ti,Ut.needsUpdate=!0,nn(Le,Q,q,mn,Ut,ln),Ut.side=xe,Ut.needsUpdate=!0,Bt=!0}}Bt===!0&&(Xt.updateMultisampleRenderTarget(At),Xt.updateRenderTargetMipmap(At))}I.setRenderTarget(Et,Lt,kt),I.setClearColor(tt,mt),pe!==void 0&&(q.viewport=pe),I.toneMapping=Qt}function je(w,k,Q){let q=k.isScene===!0?k.overrideMaterial:null;for(let $=0,At=w.length;$<At;$++){let It=w[$],{object:Et,geometry:Lt,group:kt}=It,Qt=It.material;Qt.allowOverride===!0&&q!==null&&(Qt=q),Et.layers.test(Q.layers)&&nn(Et,k,Q,Lt,Qt,kt)}}function nn(w,k,Q,q,$,At){B!==null&&$.isNodeMaterial&&B.setObject(w,$),w.onBeforeRender(I,k,Q,q,$,At),w.modelViewMatrix.multiplyMatrices(Q.matrixWorldInverse,w.matrixWorld),w.normalMatrix.getNormalMatrix(w.modelViewMatrix),$.onBeforeRender(I,k,Q,q,w,At),$.transparent===!0&&$.side===Ui&&$.forceSinglePass===!1?($.side=ti,$.needsUpdate=!0,I.renderBufferDirect(Q,k,q,$,w,At),$.side=Ar,$.needsUpdate=!0,I.renderBufferDirect(Q,k,q,$,w,At),$.side=Ui):I.renderBufferDirect(Q,k,q,$,w,At),w.onAfterRender(I,k,Q,q,$,At)}function sn(w){let k=0;for(let Q of w)Q.texture!==null&&k++;return k}function rs(w,k,Q){k.isScene!==!0&&(k=pn);let q=zt.get(w),$=E.state.lights,At=E.state.shadowsArray,It=$.state.version,Et=ot.getParameters(w,$.state,At,k,Q,E.state.lightProbeGridArray),Lt=ot.getProgramCacheKey(Et),kt=q.programs;q.environment=w.isMeshStandardMaterial||w.isMeshLambertMaterial||w.isMeshPhongMaterial?k.environment:null,q.fog=k.fog;let Qt=w.isMeshStandardMaterial||w.isMeshLambertMaterial&&!w.envMap||w.isMeshPhongMaterial&&!w.envMap;q.envMap=C.get(w.envMap||q.environment,Qt),q.envMapRotation=q.environment!==null&&w.envMap===null?k.environmentRotation:w.envMapRotation,kt===void 0&&(w.addEventListener("dispose",le),kt=new Map,q.programs=kt,q.programVariants=new Map);let pe=kt.get(Lt);if(pe!==void 0){if(q.currentProgram===pe&&q.lightsStateVersion===It)return Ea(w,Et),pe}else Et.uniforms=ot.getUniforms(w),B!==null&&w.isNodeMaterial&&B.build(w,Q,Et),w.onBeforeCompile(Et,I),pe=ot.acquireProgram(Et,Lt),kt.set(Lt,pe),q.uniforms=Et.uniforms;let Bt=q.uniforms;return(!w.isShaderMaterial&&!w.isRawShaderMaterial||w.clipping===!0)&&(Bt.clippingPlanes=it.uniform),Ea(w,Et),q.needsLights=nr(w),q.lightsStateVersion=It,q.needsLights&&(Bt.ambientLightColor.value=$.state.ambient,Bt.lightProbe.value=$.state.probe,Bt.sunLights.value=$.state.sun,Bt.sunLightShadows.value=$.state.sunShadow,Bt.directionalLights.value=$.state.directional,Bt.directionalLightShadows.value=$.state.directionalShadow,Bt.spotLights.value=$.state.spot,Bt.spotLightShadows.value=$.state.spotShadow,Bt.rectAreaLights.value=$.state.rectArea,Bt.ltc_1.value=$.state.rectAreaLTC1,Bt.ltc_2.value=$.state.rectAreaLTC2,Bt.pointLights.value=$.state.point,Bt.pointLightShadows.value=$.state.pointShadow,Bt.hemisphereLights.value=$.state.hemi,Bt.sunShadowMatrix.value=$.state.sunShadowMatrix,Bt.sunShadowCascade.value=$.state.sunShadowCascade,Bt.directionalShadowMatrix.value=$.state.directionalShadowMatrix,Bt.spotLightMatrix.value=$.state.spotLightMatrix,Bt.spotLightMap.value=$.state.spotLightMap,Bt.pointShadowMatrix.value=$.state.pointShadowMatrix),q.numLightProbeGrids=sn(E.state.lightProbeGridArray),q.currentProgram=pe,q.uniformsList=null,pe}function ci(w,k,Q,q,$){let At=zt.get(w),It=At.currentProgram.id+","+q+","+$,Et=At.programVariants.get(It);return Et===void 0?(Et=rs(w,k,Q),At.programVariants.set(It,Et)):(At.currentProgram=Et,At.uniformsList=null,At.outputColorSpace=q,At.toneMapping=$),Et}function er(w){if(w.uniformsList===null){let k=w.currentProgram.getUniforms();w.uniformsList=ca.seqWithValue(k.seq,w.uniforms)}return w.uniformsList}function Ea(w,k){let Q=zt.get(w);Q.outputColorSpace=k.outputColorSpace,Q.batching=k.batching,Q.batchingColor=k.batchingColor,Q.instancing=k.instancing,Q.instancingColor=k.instancingColor,Q.instancingMorph=k.instancingMorph,Q.skinning=k.skinning,Q.morphTargets=k.morphTargets,Q.morphNormals=k.morphNormals,Q.morphColors=k.morphColors,Q.morphTargetsCount=k.morphTargetsCount,Q.numClippingPlanes=k.numClippingPlanes,Q.numIntersection=k.numClipIntersection,Q.vertexAlphas=k.vertexAlphas,Q.vertexTangents=k.vertexTangents,Q.toneMapping=k.toneMapping}function Ta(w,k,Q,q,$){k.isScene!==!0&&(k=pn),Xt.resetTextureUnits();let At=k.fog,It=q.isMeshStandardMaterial||q.isMeshLambertMaterial||q.isMeshPhongMaterial?k.environment:null,Et=at===null?I.outputColorSpace:at.isXRRenderTarget===!0?at.texture.colorSpace:_e.workingColorSpace,Lt=q.isMeshStandardMaterial||q.isMeshLambertMaterial&&!q.envMap||q.isMeshPhongMaterial&&!q.envMap,kt=C.get(q.envMap||It,Lt),Qt=q.vertexColors===!0&&!!Q.attributes.color&&Q.attributes.color.itemSize===4,pe=!!Q.attributes.tangent&&(!!q.normalMap||q.anisotropy>0),Bt=!!Q.morphAttributes.position,me=!!Q.morphAttributes.normal,Ze=!!Q.morphAttributes.color,Ie=bs;q.toneMapped&&(at===null||at.isXRRenderTarget===!0)&&(Ie=I.toneMapping);let Le=Q.morphAttributes.position||Q.morphAttributes.normal||Q.morphAttributes.color,mn=Le!==void 0?Le.length:0,Ut=zt.get(q),ln=E.state.lights;if(ze===!0&&(on===!0||w!==j)){let Ne=w===j&&q.id===Z;it.setState(q,w,Ne)}let xe=!1,Ps=!1;q.version===Ut.__version?Ut.needsLights&&Ut.lightsStateVersion!==ln.state.version||$.isBatchedMesh&&Ut.batching===!1||!$.isBatchedMesh&&Ut.batching===!0||$.isBatchedMesh&&Ut.batchingColor===!0&&$._colorsTexture===null||$.isBatchedMesh&&Ut.batchingColor===!1&&$._colorsTexture!==null||$.isInstancedMesh&&Ut.instancing===!1||!$.isInstancedMesh&&Ut.instancing===!0||$.isSkinnedMesh&&Ut.skinning===!1||!$.isSkinnedMesh&&Ut.skinning===!0||$.isInstancedMesh&&Ut.instancingColor===!0&&$.instanceColor===null||$.isInstancedMesh&&Ut.instancingColor===!1&&$.instanceColor!==null||$.isInstancedMesh&&Ut.instancingMorph===!0&&$.morphTexture===null||$.isInstancedMesh&&Ut.instancingMorph===!1&&$.morphTexture!==null||Ut.envMap!==kt||q.fog===!0&&Ut.fog!==At||Ut.numClippingPlanes!==void 0&&(Ut.numClippingPlanes!==it.numPlanes||Ut.numIntersection!==it.numIntersection)||Ut.vertexAlphas!==Qt||Ut.vertexTangents!==pe||Ut.morphTargets!==Bt||Ut.morphNormals!==me||Ut.morphColors!==Ze||Ut.morphTargetsCount!==mn||Ut.numLightProbeGrids!==sn(E.state.lightProbeGridArray)?xe=!0:(Ut.outputColorSpace!==Et||Ut.toneMapping!==Ie)&&(Ps=!0):(xe=!0,Ut.__version=q.version);let cn=Ut.currentProgram;(xe===!0||Ps===!0)&&(cn=Ps===!0?ci(q,k,$,Et,Ie):rs(q,k,$),B&&q.isNodeMaterial&&B.onUpdateProgram(q,cn,Ut));let lo=!1,os=!1,Is=!1,ue=cn.getUniforms(),Qe=Ut.uniforms;if(St.useProgram(cn.program)&&(lo=!0,os=!0,Is=!0),q.id!==Z&&(Z=q.id,os=!0),lo||j!==w){St.buffers.depth.getReversed()&&w.reversedDepth!==!0&&(w._reversedDepth=!0,w.updateProjectionMatrix()),ue.setValue(F,"projectionMatrix",w.projectionMatrix),ue.setValue(F,"viewMatrix",w.matrixWorldInverse);let hn=ue.map.cameraPosition;hn!==void 0&&hn.setValue(F,Mn.setFromMatrixPosition(w.matrixWorld)),re.logarithmicDepthBuffer&&ue.setValue(F,"logDepthBufFC",2/(Math.log(w.far+1)/Math.LN2)),(q.isMeshPhongMaterial||q.isMeshToonMaterial||q.isMeshLambertMaterial||q.isMeshBasicMaterial||q.isMeshStandardMaterial||q.isShaderMaterial)&&ue.setValue(F,"isOrthographic",w.isOrthographicCamera===!0),j!==w&&(j=w,os=!0,Is=!0)}if(Ut.needsLights&&(ln.state.sunShadowMap.length>0&&ue.setValue(F,"sunShadowMap",ln.state.sunShadowMap,Xt),ln.state.directionalShadowMap.length>0&&ue.setValue(F,"directionalShadowMap",ln.state.directionalShadowMap,Xt),ln.state.spotShadowMap.length>0&&ue.setValue(F,"spotShadowMap",ln.state.spotShadowMap,Xt),ln.state.pointShadowMap.length>0&&ue.setValue(F,"pointShadowMap",ln.state.pointShadowMap,Xt)),$.isSkinnedMesh){ue.setOptional(F,$,"bindMatrix"),ue.setOptional(F,$,"bindMatrixInverse");let Ne=$.skeleton;Ne&&(Ne.boneTexture===null&&Ne.computeBoneTexture(),ue.setValue(F,"boneTexture",Ne.boneTexture,Xt))}$.isBatchedMesh&&(ue.setOptional(F,$,"batchingTexture"),ue.setValue(F,"batchingTexture",$._matricesTexture,Xt),ue.setOptional(F,$,"batchingIdTexture"),ue.setValue(F,"batchingIdTexture",$._indirectTexture,Xt),ue.setOptional(F,$,"batchingColorTexture"),$._colorsTexture!==null&&ue.setValue(F,"batchingColorTexture",$._colorsTexture,Xt));let Hn=Q.morphAttributes;if((Hn.position!==void 0||Hn.normal!==void 0||Hn.color!==void 0)&&rt.update($,Q,cn),(os||Ut.receiveShadow!==$.receiveShadow)&&(Ut.receiveShadow=$.receiveShadow,ue.setValue(F,"receiveShadow",$.receiveShadow)),(q.isMeshStandardMaterial||q.isMeshLambertMaterial||q.isMeshPhongMaterial)&&q.envMap===null&&k.environment!==null&&(Qe.envMapIntensity.value=k.environmentIntensity),Qe.dfgLUT!==void 0&&(Qe.dfgLUT.value=NT()),os){if(ue.setValue(F,"toneMappingExposure",I.toneMappingExposure),Ut.needsLights&&oo(Qe,Is),At&&q.fog===!0&&xt.refreshFogUniforms(Qe,At),xt.refreshMaterialUniforms(Qe,q,Mt,Tt,E.state.transmissionRenderTarget[w.id]),Ut.needsLights&&Ut.numLightProbeGrids>0){let Ne=v,hn=0;for(let Fn of E.state.lightProbeGridArray)Fn.texture!==null&&(Ne.textures[hn]=Fn.texture,Ne.min[hn]=Fn.boundingBox.min,Ne.max[hn]=Fn.boundingBox.max,Ne.resolution[hn]=Fn.resolution,hn++);for(let Fn in Ne)Ne[Fn].length=hn;Qe.probesSH.value=Ne.textures,Qe.probesMin.value=Ne.min,Qe.probesMax.value=Ne.max,Qe.probesResolution.value=Ne.resolution}ca.upload(F,er(Ut),Qe,Xt)}if(q.isShaderMaterial&&q.uniformsNeedUpdate===!0&&(ca.upload(F,er(Ut),Qe,Xt),q.uniformsNeedUpdate=!1),q.isSpriteMaterial&&ue.setValue(F,"center",$.center),ue.setValue(F,"modelViewMatrix",$.modelViewMatrix),ue.setValue(F,"normalMatrix",$.normalMatrix),ue.setValue(F,"modelMatrix",$.matrixWorld),q.uniformsGroups!==void 0){let Ne=q.uniformsGroups;for(let hn=0,Fn=Ne.length;hn<Fn;hn++){let jl=Ne[hn];Gt.update(jl,cn),Gt.bind(jl,cn)}}return cn}function oo(w,k){w.ambientLightColor.needsUpdate=k,w.lightProbe.needsUpdate=k,w.sunLights.needsUpdate=k,w.sunLightShadows.needsUpdate=k,w.directionalLights.needsUpdate=k,w.directionalLightShadows.needsUpdate=k,w.pointLights.needsUpdate=k,w.pointLightShadows.needsUpdate=k,w.spotLights.needsUpdate=k,w.spotLightShadows.needsUpdate=k,w.rectAreaLights.needsUpdate=k,w.hemisphereLights.needsUpdate=k}function nr(w){return w.isMeshLambertMaterial||w.isMeshToonMaterial||w.isMeshPhongMaterial||w.isMeshStandardMaterial||w.isShadowMaterial||w.isShaderMaterial&&w.lights===!0}this.getActiveCubeFace=function(){return Y},this.getActiveMipmapLevel=function(){return z},this.getRenderTarget=function(){return at},this.setRenderTargetTextures=function(w,k,Q){let q=zt.get(w);q.__autoAllocateDepthBuffer=w.resolveDepthBuffer===!1,q.__autoAllocateDepthBuffer===!1&&(q.__useRenderToTexture=!1),zt.get(w.texture).__webglTexture=k,zt.get(w.depthTexture).__webglTexture=q.__autoAllocateDepthBuffer?void 0:Q,q.__hasExternalTextures=!0},this.setRenderTargetFramebuffer=function(w,k){let Q=zt.get(w);Q.__webglFramebuffer=k,Q.__useDefaultFramebuffer=k===void 0},this.setRenderTarget=function(w,k=0,Q=0){at=w,Y=k,z=Q;let q=null,$=!1,At=!1;if(w){let Et=zt.get(w);if(Et.__useDefaultFramebuffer!==void 0){St.bindFramebuffer(F.FRAMEBUFFER,Et.__webglFramebuffer),st.copy(w.viewport),ft.copy(w.scissor),ut=w.scissorTest,St.viewport(st),St.scissor(ft),St.setScissorTest(ut),Z=-1;return}else if(Et.__webglFramebuffer===void 0)Xt.setupRenderTarget(w);else if(Et.__hasExternalTextures)Xt.rebindTextures(w,zt.get(w.texture).__webglTexture,zt.get(w.depthTexture).__webglTexture);else if(w.depthBuffer){let Qt=w.depthTexture;if(Et.__boundDepthTexture!==Qt){if(Qt!==null&&zt.has(Qt)&&(w.width!==Qt.image.width||w.height!==Qt.image.height))throw new Error("THREE.WebGLRenderer: Attached DepthTexture is initialized to the incorrect size.");Xt.setupDepthRenderbuffer(w)}}let Lt=w.texture;(Lt.isData3DTexture||Lt.isDataArrayTexture||Lt.isCompressedArrayTexture)&&(At=!0);let kt=zt.get(w).__webglFramebuffer;w.isWebGLCubeRenderTarget?(Array.isArray(kt[k])?q=kt[k][Q]:q=kt[k],$=!0):w.samples>0&&Xt.useMultisampledRTT(w)===!1?q=zt.get(w).__webglMultisampledFramebuffer:Array.isArray(kt)?q=kt[Q]:q=kt,st.copy(w.viewport),ft.copy(w.scissor),ut=w.scissorTest}else st.copy(Vt).multiplyScalar(Mt).floor(),ft.copy(de).multiplyScalar(Mt).floor(),ut=he;if(Q!==0&&(q=V),St.bindFramebuffer(F.FRAMEBUFFER,q)&&St.drawBuffers(w,q),St.viewport(st),St.scissor(ft),St.setScissorTest(ut),$){let Et=zt.get(w.texture);F.framebufferTexture2D(F.FRAMEBUFFER,F.COLOR_ATTACHMENT0,F.TEXTURE_CUBE_MAP_POSITIVE_X+k,Et.__webglTexture,Q)}else if(At){let Et=k;for(let Lt=0;Lt<w.textures.length;Lt++){let kt=zt.get(w.textures[Lt]);F.framebufferTextureLayer(F.FRAMEBUFFER,F.COLOR_ATTACHMENT0+Lt,kt.__webglTexture,Q,Et)}}else if(w!==null&&Q!==0){let Et=zt.get(w.texture);F.framebufferTexture2D(F.FRAMEBUFFER,F.COLOR_ATTACHMENT0,F.TEXTURE_2D,Et.__webglTexture,Q)}Z=-1};function ao(w){let k=zt.get(w);return(k.__readFormat!==w.format||k.__readType!==w.type)&&(k.__readFormat=w.format,k.__readType=w.type,k.__formatReadable=re.textureFormatReadable(w.format),k.__typeReadable=re.textureTypeReadable(w.type)),k}this.readRenderTargetPixels=function(w,k,Q,q,$,At,It,Et=0){if(!(w&&w.isWebGLRenderTarget)){jt("WebGLRenderer.readRenderTargetPixels: renderTarget is not THREE.WebGLRenderTarget.");return}let Lt=zt.get(w).__webglFramebuffer;if(w.isWebGLCubeRenderTarget&&It!==void 0&&(Lt=Lt[It],Array.isArray(Lt)&&(Lt=Lt[0])),Lt){St.bindFramebuffer(F.FRAMEBUFFER,Lt);try{let kt=w.textures[Et],Qt=kt.format,pe=kt.type;w.textures.length>1&&F.readBuffer(F.COLOR_ATTACHMENT0+Et);let Bt=ao(kt);if(Bt.__formatReadable===!1){jt("WebGLRenderer.readRenderTargetPixels: renderTarget is not in RGBA or implementation defined format.");return}if(Bt.__typeReadable===!1){jt("WebGLRenderer.readRenderTargetPixels: renderTarget is not in UnsignedByteType or implementation defined type.");return}k>=0&&k<=w.width-q&&Q>=0&&Q<=w.height-$&&F.readPixels(k,Q,q,$,gt.convert(Qt),gt.convert(pe),At)}finally{let kt=at!==null?zt.get(at).__webglFramebuffer:null;St.bindFramebuffer(F.FRAMEBUFFER,kt)}}},this.readRenderTargetPixelsAsync=async function(w,k,Q,q,$,At,It,Et=0){if(!(w&&w.isWebGLRenderTarget))throw new Error("THREE.WebGLRenderer.readRenderTargetPixels: renderTarget is not THREE.WebGLRenderTarget.");let Lt=zt.get(w).__webglFramebuffer;if(w.isWebGLCubeRenderTarget&&It!==void 0&&(Lt=Lt[It],Array.isArray(Lt)&&(Lt=Lt[0])),Lt)if(k>=0&&k<=w.width-q&&Q>=0&&Q<=w.height-$){St.bindFramebuffer(F.FRAMEBUFFER,Lt);let kt=w.textures[Et],Qt=kt.format,pe=kt.type;w.textures.length>1&&F.readBuffer(F.COLOR_ATTACHMENT0+Et);let Bt=ao(kt);if(Bt.__formatReadable===!1)throw new Error("THREE.WebGLRenderer.readRenderTargetPixelsAsync: renderTarget is not in RGBA or implementation defined format.");if(Bt.__typeReadable===!1)throw new Error("THREE.WebGLRenderer.readRenderTargetPixelsAsync: renderTarget is not in UnsignedByteType or implementation defined type.");let me=F.createBuffer();F.bindBuffer(F.PIXEL_PACK_BUFFER,me),F.bufferData(F.PIXEL_PACK_BUFFER,At.byteLength,F.STREAM_READ),F.readPixels(k,Q,q,$,gt.convert(Qt),gt.convert(pe),0),F.bindBuffer(F.PIXEL_PACK_BUFFER,null);let Ze=at!==null?zt.get(at).__webglFramebuffer:null;St.bindFramebuffer(F.FRAMEBUFFER,Ze);let Ie=F.fenceSync(F.SYNC_GPU_COMMANDS_COMPLETE,0);return F.flush(),await Hx(F,Ie,4),F.bindBuffer(F.PIXEL_PACK_BUFFER,me),F.getBufferSubData(F.PIXEL_PACK_BUFFER,0,At),F.bindBuffer(F.PIXEL_PACK_BUFFER,null),F.deleteBuffer(me),F.deleteSync(Ie),At}else throw new Error("THREE.WebGLRenderer.readRenderTargetPixelsAsync: requested read bounds are out of range.")},this.copyFramebufferToTexture=function(w,k=null,Q=0){let q=Math.pow(2,-Q),$=Math.floor(w.image.width*q),At=Math.floor(w.image.height*q),It=k!==null?k.x:0,Et=k!==null?k.y:0;Xt.setTexture2D(w,0),F.copyTexSubImage2D(F.TEXTURE_2D,Q,0,0,It,Et,$,At),St.unbindTexture()},this.copyTextureToTexture=function(w,k,Q=null,q=null,$=0,At=0){let It,Et,Lt,kt,Qt,pe,Bt,me,Ze,Ie=w.isCompressedTexture?w.mipmaps[At]:w.image;if(Q!==null)It=Q.max.x-Q.min.x,Et=Q.max.y-Q.min.y,Lt=Q.isBox3?Q.max.z-Q.min.z:1,kt=Q.min.x,Qt=Q.min.y,pe=Q.isBox3?Q.min.z:0;else{let ue=Math.pow(2,-$);It=Math.floor(Ie.width*ue),Et=Math.floor(Ie.height*ue),w.isDataArrayTexture?Lt=Ie.depth:w.isData3DTexture?Lt=Math.floor(Ie.depth*ue):Lt=1,kt=0,Qt=0,pe=0}q!==null?(Bt=q.x,me=q.y,Ze=q.z):(Bt=0,me=0,Ze=0);let Le=gt.convert(k.format),mn=gt.convert(k.type),Ut;k.isData3DTexture?(Xt.setTexture3D(k,0),Ut=F.TEXTURE_3D):k.isDataArrayTexture||k.isCompressedArrayTexture?(Xt.setTexture2DArray(k,0),Ut=F.TEXTURE_2D_ARRAY):(Xt.setTexture2D(k,0),Ut=F.TEXTURE_2D),St.activeTexture(F.TEXTURE0),St.pixelStorei(F.UNPACK_FLIP_Y_WEBGL,k.flipY),St.pixelStorei(F.UNPACK_PREMULTIPLY_ALPHA_WEBGL,k.premultiplyAlpha),St.pixelStorei(F.UNPACK_ALIGNMENT,k.unpackAlignment);let ln=St.getParameter(F.UNPACK_ROW_LENGTH),xe=St.getParameter(F.UNPACK_IMAGE_HEIGHT),Ps=St.getParameter(F.UNPACK_SKIP_PIXELS),cn=St.getParameter(F.UNPACK_SKIP_ROWS),lo=St.getParameter(F.UNPACK_SKIP_IMAGES);St.pixelStorei(F.UNPACK_ROW_LENGTH,Ie.width),St.pixelStorei(F.UNPACK_IMAGE_HEIGHT,Ie.height),St.pixelStorei(F.UNPACK_SKIP_PIXELS,kt),St.pixelStorei(F.UNPACK_SKIP_ROWS,Qt),St.pixelStorei(F.UNPACK_SKIP_IMAGES,pe);let os=w.isDataArrayTexture||w.isData3DTexture,Is=k.isDataArrayTexture||k.isData3DTexture;if(w.isDepthTexture){let ue=zt.get(w),Qe=zt.get(k),Hn=zt.get(ue.__renderTarget),Ne=zt.get(Qe.__renderTarget);St.bindFramebuffer(F.READ_FRAMEBUFFER,Hn.__webglFramebuffer),St.bindFramebuffer(F.DRAW_FRAMEBUFFER,Ne.__webglFramebuffer);for(let hn=0;hn<Lt;hn++)os&&(F.framebufferTextureLayer(F.READ_FRAMEBUFFER,F.COLOR_ATTACHMENT0,zt.get(w).__webglTexture,$,pe+hn),F.framebufferTextureLayer(F.DRAW_FRAMEBUFFER,F.COLOR_ATTACHMENT0,zt.get(k).__webglTexture,At,Ze+hn)),F.blitFramebuffer(kt,Qt,kt+It,Qt+Et,Bt,me,Bt+It,me+Et,F.DEPTH_BUFFER_BIT,F.NEAREST);St.bindFramebuffer(F.READ_FRAMEBUFFER,null),St.bindFramebuffer(F.DRAW_FRAMEBUFFER,null)}else if($!==0||w.isRenderTargetTexture||zt.has(w)){let ue=zt.get(w),Qe=zt.get(k);St.bindFramebuffer(F.READ_FRAMEBUFFER,N),St.bindFramebuffer(F.DRAW_FRAMEBUFFER,H);for(let Hn=0;Hn<Lt;Hn++)os?F.framebufferTextureLayer(F.READ_FRAMEBUFFER,F.COLOR_ATTACHMENT0,ue.__webglTexture,$,pe+Hn):F.framebufferTexture2D(F.READ_FRAMEBUFFER,F.COLOR_ATTACHMENT0,F.TEXTURE_2D,ue.__webglTexture,$),Is?F.framebufferTextureLayer(F.DRAW_FRAMEBUFFER,F.COLOR_ATTACHMENT0,Qe.__webglTexture,At,Ze+Hn):F.framebufferTexture2D(F.DRAW_FRAMEBUFFER,F.COLOR_ATTACHMENT0,F.TEXTURE_2D,Qe.__webglTexture,At),$!==0?F.blitFramebuffer(kt,Qt,kt+It,Qt+Et,Bt,me,Bt+It,me+Et,F.COLOR_BUFFER_BIT,F.NEAREST):Is?F.copyTexSubImage3D(Ut,At,Bt,me,Ze+Hn,kt,Qt,It,Et):F.copyTexSubImage2D(Ut,At,Bt,me,kt,Qt,It,Et);St.bindFramebuffer(F.READ_FRAMEBUFFER,null),St.bindFramebuffer(F.DRAW_FRAMEBUFFER,null)}else Is?w.isDataTexture||w.isData3DTexture?F.texSubImage3D(Ut,At,Bt,me,Ze,It,Et,Lt,Le,mn,Ie.data):k.isCompressedArrayTexture?F.compressedTexSubImage3D(Ut,At,Bt,me,Ze,It,Et,Lt,Le,Ie.data):F.texSubImage3D(Ut,At,Bt,me,Ze,It,Et,Lt,Le,mn,Ie):w.isDataTexture?F.texSubImage2D(F.TEXTURE_2D,At,Bt,me,It,Et,Le,mn,Ie.data):w.isCompressedTexture?F.compressedTexSubImage2D(F.TEXTURE_2D,At,Bt,me,Ie.width,Ie.height,Le,Ie.data):F.texSubImage2D(F.TEXTURE_2D,At,Bt,me,It,Et,Le,mn,Ie);St.pixelStorei(F.UNPACK_ROW_LENGTH,ln),St.pixelStorei(F.UNPACK_IMAGE_HEIGHT,xe),St.pixelStorei(F.UNPACK_SKIP_PIXELS,Ps),St.pixelStorei(F.UNPACK_SKIP_ROWS,cn),St.pixelStorei(F.UNPACK_SKIP_IMAGES,lo),At===0&&k.generateMipmaps===!0&&k.mipmapsAutoUpdate===!0&&F.generateMipmap(Ut),St.unbindTexture()},this.initRenderTarget=function(w){zt.get(w).__webglFramebuffer===void 0&&Xt.setupRenderTarget(w)},this.initTexture=function(w){w.isCubeTexture?Xt.setTextureCube(w,0):w.isData3DTexture?Xt.setTexture3D(w,0):w.isDataArrayTexture||w.isCompressedArrayTexture?Xt.setTexture2DArray(w,0):Xt.setTexture2D(w,0),St.unbindTexture()},this.resetState=function(){Y=0,z=0,at=null,St.reset(),vt.reset()},typeof __THREE_DEVTOOLS__<"u"&&__THREE_DEVTOOLS__.dispatchEvent(new CustomEvent("observe",{detail:this}))}get coordinateSystem(){return Li}get outputColorSpace(){return this._outputColorSpace}set outputColorSpace(t){this._outputColorSpace=t;let e=this.getContext();e.drawingBufferColorSpace=_e._getDrawingBufferColorSpace(t),e.unpackColorSpace=_e._getUnpackColorSpace()}};var E_={type:"change"},Ap={type:"start"},R_={type:"end"},Nu=new xr,T_=new _i,DT=Math.cos(70*Dl.DEG2RAD),yn=new W,li=2*Math.PI,Ee={NONE:-1,ROTATE:0,DOLLY:1,PAN:2,TOUCH_ROTATE:3,TOUCH_PAN:4,TOUCH_DOLLY_PAN:5,TOUCH_DOLLY_ROTATE:6},wp=1e-6,Du=class extends Al{constructor(t,e=null){super(t,e),this.state=Ee.NONE,this.target=new W,this.cursor=new W,this.minDistance=0,this.maxDistance=1/0,this.minZoom=0,this.maxZoom=1/0,this.minTargetRadius=0,this.maxTargetRadius=1/0,this.minPolarAngle=0,this.maxPolarAngle=Math.PI,this.minAzimuthAngle=-1/0,this.maxAzimuthAngle=1/0,this.enableDamping=!1,this.dampingFactor=.05,this.enableZoom=!0,this.zoomSpeed=1,this.enableRotate=!0,this.rotateSpeed=1,this.keyRotateSpeed=1,this.enablePan=!0,this.panSpeed=1,this.screenSpacePanning=!0,this.keyPanSpeed=7,this.zoomToCursor=!1,this.autoRotate=!1,this.autoRotateSpeed=2,this.keys={LEFT:"ArrowLeft",UP:"ArrowUp",RIGHT:"ArrowRight",BOTTOM:"ArrowDown"},this.mouseButtons={LEFT:Sr.ROTATE,MIDDLE:Sr.DOLLY,RIGHT:Sr.PAN},this.touches={ONE:wr.ROTATE,TWO:wr.DOLLY_PAN},this.target0=this.target.clone(),this.position0=this.object.position.clone(),this.zoom0=this.object.zoom,this._cursorStyle="auto",this._domElementKeyEvents=null,this._lastPosition=new W,this._lastQuaternion=new yi,this._lastTargetPosition=new W,this._quat=new yi().setFromUnitVectors(t.up,new W(0,1,0)),this._quatInverse=this._quat.clone().invert(),this._spherical=new sa,this._sphericalDelta=new sa,this._scale=1,this._panOffset=new W,this._rotateStart=new Yt,this._rotateEnd=new Yt,this._rotateDelta=new Yt,this._panStart=new Yt,this._panEnd=new Yt,this._panDelta=new Yt,this._dollyStart=new Yt,this._dollyEnd=new Yt,this._dollyDelta=new Yt,this._dollyDirection=new W,this._mouse=new Yt,this._performCursorZoom=!1,this._pointers=[],this._pointerPositions={},this._controlActive=!1,this._onPointerMove=FT.bind(this),this._onPointerDown=UT.bind(this),this._onPointerUp=OT.bind(this),this._onContextMenu=WT.bind(this),this._onMouseWheel=zT.bind(this),this._onKeyDown=VT.bind(this),this._onTouchStart=GT.bind(this),this._onTouchMove=HT.bind(this),this._onMouseDown=BT.bind(this),this._onMouseMove=kT.bind(this),this._interceptControlDown=XT.bind(this),this._interceptControlUp=qT.bind(this),this.domElement!==null&&this.connect(this.domElement),this.update()}set cursorStyle(t){this._cursorStyle=t,t==="grab"?this.domElement.style.cursor="grab":this.domElement.style.cursor="auto"}get cursorStyle(){return this._cursorStyle}connect(t){super.connect(t),this.domElement.addEventListener("pointerdown",this._onPointerDown),this.domElement.addEventListener("pointercancel",this._onPointerUp),this.domElement.addEventListener("contextmenu",this._onContextMenu),this.domElement.addEventListener("wheel",this._onMouseWheel,{passive:!1}),this.domElement.ownerDocument.addEventListener("keydown",this._interceptControlDown,{passive:!0,capture:!0}),this.domElement.style.touchAction="none"}disconnect(){this.state=Ee.NONE,this.domElement.removeEventListener("pointerdown",this._onPointerDown),this.domElement.ownerDocument.removeEventListener("pointermove",this._onPointerMove),this.domElement.ownerDocument.removeEventListener("pointerup",this._onPointerUp),this.domElement.removeEventListener("pointercancel",this._onPointerUp),this.domElement.removeEventListener("wheel",this._onMouseWheel),this.domElement.removeEventListener("contextmenu",this._onContextMenu),this.stopListenToKeyEvents(),this.domElement.ownerDocument.removeEventListener("keydown",this._interceptControlDown,{capture:!0}),this.domElement.ownerDocument.removeEventListener("keyup",this._interceptControlUp,{capture:!0}),this._controlActive=!1,this._pointers.length=0,this._pointerPositions={},this.domElement.style.touchAction="",this.domElement.style.cursor="auto"}dispose(){this.disconnect()}getPolarAngle(){return this._spherical.phi}getAzimuthalAngle(){return this._spherical.theta}getDistance(){return this.object.position.distanceTo(this.target)}listenToKeyEvents(t){t.addEventListener("keydown",this._onKeyDown),this._domElementKeyEvents=t}stopListenToKeyEvents(){this._domElementKeyEvents!==null&&(this._domElementKeyEvents.removeEventListener("keydown",this._onKeyDown),this._domElementKeyEvents=null)}saveState(){this.target0.copy(this.target),this.position0.copy(this.object.position),this.zoom0=this.object.zoom}reset(){this.target.copy(this.target0),this.object.position.copy(this.position0),this.object.zoom=this.zoom0,this.object.updateProjectionMatrix(),this.dispatchEvent(E_),this.update(),this.state=Ee.NONE}pan(t,e){this._pan(t,e),this.update()}dollyIn(t){this._dollyIn(t),this.update()}dollyOut(t){this._dollyOut(t),this.update()}rotateLeft(t){this._rotateLeft(t),this.update()}rotateUp(t){this._rotateUp(t),this.update()}update(t=null){let e=this.object.position;yn.copy(e).sub(this.target),yn.applyQuaternion(this._quat),this._spherical.setFromVector3(yn),this.autoRotate&&this.state===Ee.NONE&&this._rotateLeft(this._getAutoRotationAngle(t)),this.enableDamping?(this._spherical.theta+=this._sphericalDelta.theta*this.dampingFactor,this._spherical.phi+=this._sphericalDelta.phi*this.dampingFactor):(this._spherical.theta+=this._sphericalDelta.theta,this._spherical.phi+=this._sphericalDelta.phi);let i=this.minAzimuthAngle,s=this.maxAzimuthAngle;isFinite(i)&&isFinite(s)&&(i<-Math.PI?i+=li:i>Math.PI&&(i-=li),s<-Math.PI?s+=li:s>Math.PI&&(s-=li),i<=s?this._spherical.theta=Math.max(i,Math.min(s,this._spherical.theta)):this._spherical.theta=this._spherical.theta>(i+s)/2?Math.max(i,this._spherical.theta):Math.min(s,this._spherical.theta)),this._spherical.phi=Math.max(this.minPolarAngle,Math.min(this.maxPolarAngle,this._spherical.phi)),this._spherical.makeSafe(),this.enableDamping===!0?this.target.addScaledVector(this._panOffset,this.dampingFactor):this.target.add(this._panOffset),this.target.sub(this.cursor),this.target.clampLength(this.minTargetRadius,this.maxTargetRadius),this.target.add(this.cursor);let r=!1;if(this.zoomToCursor&&this._performCursorZoom||this.object.isOrthographicCamera)this._spherical.radius=this._clampDistance(this._spherical.radius);else{let o=this._spherical.radius;this._spherical.radius=this._clampDistance(this._spherical.radius*this._scale),r=o!=this._spherical.radius}if(yn.setFromSpherical(this._spherical),yn.applyQuaternion(this._quatInverse),e.copy(this.target).add(yn),this.object.lookAt(this.target),this.enableDamping===!0?(this._sphericalDelta.theta*=1-this.dampingFactor,this._sphericalDelta.phi*=1-this.dampingFactor,this._panOffset.multiplyScalar(1-this.dampingFactor)):(this._sphericalDelta.set(0,0,0),this._panOffset.set(0,0,0)),this.zoomToCursor&&this._performCursorZoom){let o=null;if(this.object.isPerspectiveCamera){let a=yn.length();o=this._clampDistance(a*this._scale);let c=a-o;this.object.position.addScaledVector(this._dollyDirection,c),this.object.updateMatrixWorld(),r=!!c}else if(this.object.isOrthographicCamera){let a=new W(this._mouse.x,this._mouse.y,0);a.unproject(this.object);let c=this.object.zoom;this.object.zoom=Math.max(this.minZoom,Math.min(this.maxZoom,this.object.zoom/this._scale)),this.object.updateProjectionMatrix(),r=c!==this.object.zoom;let l=new W(this._mouse.x,this._mouse.y,0);l.unproject(this.object),this.object.position.sub(l).add(a),this.object.updateMatrixWorld(),o=yn.length()}else console.warn("WARNING: OrbitControls.js encountered an unknown camera type - zoom to cursor disabled."),this.zoomToCursor=!1;o!==null&&(this.screenSpacePanning?this.target.set(0,0,-1).transformDirection(this.object.matrix).multiplyScalar(o).add(this.object.position):(Nu.origin.copy(this.object.position),Nu.direction.set(0,0,-1).transformDirection(this.object.matrix),Math.abs(this.object.up.dot(Nu.direction))<DT?this.object.lookAt(this.target):(T_.setFromNormalAndCoplanarPoint(this.object.up,this.target),Nu.intersectPlane(T_,this.target))))}else if(this.object.isOrthographicCamera){let o=this.object.zoom;this.object.zoom=Math.max(this.minZoom,Math.min(this.maxZoom,this.object.zoom/this._scale)),o!==this.object.zoom&&(this.object.updateProjectionMatrix(),r=!0)}return this._scale=1,this._performCursorZoom=!1,r||this._lastPosition.distanceToSquared(this.object.position)>wp||8*(1-this._lastQuaternion.dot(this.object.quaternion))>wp||this._lastTargetPosition.distanceToSquared(this.target)>wp?(this.dispatchEvent(E_),this._lastPosition.copy(this.object.position),this._lastQuaternion.copy(this.object.quaternion),this._lastTargetPosition.copy(this.target),!0):!1}_getAutoRotationAngle(t){return t!==null?li/60*this.autoRotateSpeed*t:li/60/60*this.autoRotateSpeed}_getZoomScale(t){let e=Math.abs(t*.01);return Math.pow(.95,this.zoomSpeed*e)}_rotateLeft(t){this._sphericalDelta.theta-=t}_rotateUp(t){this._sphericalDelta.phi-=t}_panLeft(t,e){yn.setFromMatrixColumn(e,0),yn.multiplyScalar(-t),this._panOffset.add(yn)}_panUp(t,e){this.screenSpacePanning===!0?yn.setFromMatrixColumn(e,1):(yn.setFromMatrixColumn(e,0),yn.crossVectors(this.object.up,yn)),yn.multiplyScalar(t),this._panOffset.add(yn)}_pan(t,e){let i=this.domElement;if(this.object.isPerspectiveCamera){let s=this.object.position;yn.copy(s).sub(this.target);let r=yn.length();r*=Math.tan(this.object.fov/2*Math.PI/180),this._panLeft(2*t*r/i.clientHeight,this.object.matrix),this._panUp(2*e*r/i.clientHeight,this.object.matrix)}else this.object.isOrthographicCamera?(this._panLeft(t*(this.object.right-this.object.left)/this.object.zoom/i.clientWidth,this.object.matrix),this._panUp(e*(this.object.top-this.object.bottom)/this.object.zoom/i.clientHeight,this.object.matrix)):(console.warn("WARNING: OrbitControls.js encountered an unknown camera type - pan disabled."),this.enablePan=!1)}_dollyOut(t){this.object.isPerspectiveCamera||this.object.isOrthographicCamera?this._scale/=t:(console.warn("WARNING: OrbitControls.js encountered an unknown camera type - dolly/zoom disabled."),this.enableZoom=!1)}_dollyIn(t){this.object.isPerspectiveCamera||this.object.isOrthographicCamera?this._scale*=t:(console.warn("WARNING: OrbitControls.js encountered an unknown camera type - dolly/zoom disabled."),this.enableZoom=!1)}_updateZoomParameters(t,e){if(!this.zoomToCursor)return;this._performCursorZoom=!0;let i=this.domElement.getBoundingClientRect(),s=t-i.left,r=e-i.top,o=i.width,a=i.height;this._mouse.x=s/o*2-1,this._mouse.y=-(r/a)*2+1,this._dollyDirection.set(this._mouse.x,this._mouse.y,1).unproject(this.object).sub(this.object.position).normalize()}_clampDistance(t){return Math.max(this.minDistance,Math.min(this.maxDistance,t))}_handleMouseDownRotate(t){this._rotateStart.set(t.clientX,t.clientY)}_handleMouseDownDolly(t){this._updateZoomParameters(t.clientX,t.clientY),this._dollyStart.set(t.clientX,t.clientY)}_handleMouseDownPan(t){this._panStart.set(t.clientX,t.clientY)}_handleMouseMoveRotate(t){this._rotateEnd.set(t.clientX,t.clientY),this._rotateDelta.subVectors(this._rotateEnd,this._rotateStart).multiplyScalar(this.rotateSpeed);let e=this.domElement;this._rotateLeft(li*this._rotateDelta.x/e.clientHeight),this._rotateUp(li*this._rotateDelta.y/e.clientHeight),this._rotateStart.copy(this._rotateEnd),this.update()}_handleMouseMoveDolly(t){this._dollyEnd.set(t.clientX,t.clientY),this._dollyDelta.subVectors(this._dollyEnd,this._dollyStart),this._dollyDelta.y>0?this._dollyOut(this._getZoomScale(this._dollyDelta.y)):this._dollyDelta.y<0&&this._dollyIn(this._getZoomScale(this._dollyDelta.y)),this._dollyStart.copy(this._dollyEnd),this.zoomToCursor&&(this._performCursorZoom=!0,this._dollyDirection.set(this._mouse.x,this._mouse.y,1).unproject(this.object).sub(this.object.position).normalize()),this.update()}_handleMouseMovePan(t){this._panEnd.set(t.clientX,t.clientY),this._panDelta.subVectors(this._panEnd,this._panStart).multiplyScalar(this.panSpeed),this._pan(this._panDelta.x,this._panDelta.y),this._panStart.copy(this._panEnd),this.update()}_handleMouseWheel(t){this._updateZoomParameters(t.clientX,t.clientY),t.deltaY<0?this._dollyIn(this._getZoomScale(t.deltaY)):t.deltaY>0&&this._dollyOut(this._getZoomScale(t.deltaY)),this.update()}_handleKeyDown(t){let e=!1;switch(t.code){case this.keys.UP:t.ctrlKey||t.metaKey||t.shiftKey?this.enableRotate&&this._rotateUp(li*this.keyRotateSpeed/this.domElement.clientHeight):this.enablePan&&this._pan(0,this.keyPanSpeed),e=!0;break;case this.keys.BOTTOM:t.ctrlKey||t.metaKey||t.shiftKey?this.enableRotate&&this._rotateUp(-li*this.keyRotateSpeed/this.domElement.clientHeight):this.enablePan&&this._pan(0,-this.keyPanSpeed),e=!0;break;case this.keys.LEFT:t.ctrlKey||t.metaKey||t.shiftKey?this.enableRotate&&this._rotateLeft(li*this.keyRotateSpeed/this.domElement.clientHeight):this.enablePan&&this._pan(this.keyPanSpeed,0),e=!0;break;case this.keys.RIGHT:t.ctrlKey||t.metaKey||t.shiftKey?this.enableRotate&&this._rotateLeft(-li*this.keyRotateSpeed/this.domElement.clientHeight):this.enablePan&&this._pan(-this.keyPanSpeed,0),e=!0;break}e&&(t.preventDefault(),this.update())}_handleTouchStartRotate(t){if(this._pointers.length===1)this._rotateStart.set(t.pageX,t.pageY);else{let e=this._getSecondPointerPosition(t),i=.5*(t.pageX+e.x),s=.5*(t.pageY+e.y);this._rotateStart.set(i,s)}}_handleTouchStartPan(t){if(this._pointers.length===1)this._panStart.set(t.pageX,t.pageY);else{let e=this._getSecondPointerPosition(t),i=.5*(t.pageX+e.x),s=.5*(t.pageY+e.y);this._panStart.set(i,s)}}_handleTouchStartDolly(t){let e=this._getSecondPointerPosition(t),i=t.pageX-e.x,s=t.pageY-e.y,r=Math.sqrt(i*i+s*s);this._dollyStart.set(0,r)}_handleTouchStartDollyPan(t){this.enableZoom&&this._handleTouchStartDolly(t),this.enablePan&&this._handleTouchStartPan(t)}_handleTouchStartDollyRotate(t){this.enableZoom&&this._handleTouchStartDolly(t),this.enableRotate&&this._handleTouchStartRotate(t)}_handleTouchMoveRotate(t){if(this._pointers.length==1)this._rotateEnd.set(t.pageX,t.pageY);else{let i=this._getSecondPointerPosition(t),s=.5*(t.pageX+i.x),r=.5*(t.pageY+i.y);this._rotateEnd.set(s,r)}this._rotateDelta.subVectors(this._rotateEnd,this._rotateStart).multiplyScalar(this.rotateSpeed);let e=this.domElement;this._rotateLeft(li*this._rotateDelta.x/e.clientHeight),this._rotateUp(li*this._rotateDelta.y/e.clientHeight),this._rotateStart.copy(this._rotateEnd)}_handleTouchMovePan(t){if(this._pointers.length===1)this._panEnd.set(t.pageX,t.pageY);else{let e=this._getSecondPointerPosition(t),i=.5*(t.pageX+e.x),s=.5*(t.pageY+e.y);this._panEnd.set(i,s)}this._panDelta.subVectors(this._panEnd,this._panStart).multiplyScalar(this.panSpeed),this._pan(this._panDelta.x,this._panDelta.y),this._panStart.copy(this._panEnd)}_handleTouchMoveDolly(t){let e=this._getSecondPointerPosition(t),i=t.pageX-e.x,s=t.pageY-e.y,r=Math.sqrt(i*i+s*s);this._dollyEnd.set(0,r),this._dollyDelta.set(0,Math.pow(this._dollyEnd.y/this._dollyStart.y,this.zoomSpeed)),this._dollyOut(this._dollyDelta.y),this._dollyStart.copy(this._dollyEnd);let o=(t.pageX+e.x)*.5,a=(t.pageY+e.y)*.5;this._updateZoomParameters(o,a)}_handleTouchMoveDollyPan(t){this.enableZoom&&this._handleTouchMoveDolly(t),this.enablePan&&this._handleTouchMovePan(t)}_handleTouchMoveDollyRotate(t){this.enableZoom&&this._handleTouchMoveDolly(t),this.enableRotate&&this._handleTouchMoveRotate(t)}_addPointer(t){this._pointers.push(t.pointerId)}_removePointer(t){delete this._pointerPositions[t.pointerId];for(let e=0;e<this._pointers.length;e++)if(this._pointers[e]==t.pointerId){this._pointers.splice(e,1);return}}_isTrackingPointer(t){for(let e=0;e<this._pointers.length;e++)if(this._pointers[e]==t.pointerId)return!0;return!1}_trackPointer(t){let e=this._pointerPositions[t.pointerId];e===void 0&&(e=new Yt,this._pointerPositions[t.pointerId]=e),e.set(t.pageX,t.pageY)}_getSecondPointerPosition(t){let e=t.pointerId===this._pointers[0]?this._pointers[1]:this._pointers[0];return this._pointerPositions[e]}_customWheelEvent(t){let e=t.deltaMode,i={clientX:t.clientX,clientY:t.clientY,deltaY:t.deltaY};switch(e){case 1:i.deltaY*=16;break;case 2:i.deltaY*=100;break}return t.ctrlKey&&!this._controlActive&&(i.deltaY*=10),i}};function UT(n){this.enabled!==!1&&(this._pointers.length===0&&(this.domElement.setPointerCapture(n.pointerId),this.domElement.ownerDocument.addEventListener("pointermove",this._onPointerMove),this.domElement.ownerDocument.addEventListener("pointerup",this._onPointerUp)),!this._isTrackingPointer(n)&&(this._addPointer(n),n.pointerType==="touch"?this._onTouchStart(n):this._onMouseDown(n),this._cursorStyle==="grab"&&(this.domElement.style.cursor="grabbing")))}function FT(n){this.enabled!==!1&&(n.pointerType==="touch"?this._onTouchMove(n):this._onMouseMove(n))}function OT(n){switch(this._removePointer(n),this._pointers.length){case 0:this.domElement.releasePointerCapture(n.pointerId),this.domElement.ownerDocument.removeEventListener("pointermove",this._onPointerMove),this.domElement.ownerDocument.removeEventListener("pointerup",this._onPointerUp),this.dispatchEvent(R_),this.state=Ee.NONE,this._cursorStyle==="grab"&&(this.domElement.style.cursor="grab");break;case 1:let t=this._pointers[0],e=this._pointerPositions[t];this._onTouchStart({pointerId:t,pageX:e.x,pageY:e.y});break}}function BT(n){let t;switch(n.button){case 0:t=this.mouseButtons.LEFT;break;case 1:t=this.mouseButtons.MIDDLE;break;case 2:t=this.mouseButtons.RIGHT;break;default:t=-1}switch(t){case Sr.DOLLY:if(this.enableZoom===!1)return;this._handleMouseDownDolly(n),this.state=Ee.DOLLY;break;case Sr.ROTATE:if(n.ctrlKey||n.metaKey||n.shiftKey){if(this.enablePan===!1)return;this._handleMouseDownPan(n),this.state=Ee.PAN}else{if(this.enableRotate===!1)return;this._handleMouseDownRotate(n),this.state=Ee.ROTATE}break;case Sr.PAN:if(n.ctrlKey||n.metaKey||n.shiftKey){if(this.enableRotate===!1)return;this._handleMouseDownRotate(n),this.state=Ee.ROTATE}else{if(this.enablePan===!1)return;this._handleMouseDownPan(n),this.state=Ee.PAN}break;default:this.state=Ee.NONE}this.state!==Ee.NONE&&this.dispatchEvent(Ap)}function kT(n){switch(this.state){case Ee.ROTATE:if(this.enableRotate===!1)return;this._handleMouseMoveRotate(n);break;case Ee.DOLLY:if(this.enableZoom===!1)return;this._handleMouseMoveDolly(n);break;case Ee.PAN:if(this.enablePan===!1)return;this._handleMouseMovePan(n);break}}function zT(n){this.enabled===!1||this.enableZoom===!1||this.state!==Ee.NONE||(n.preventDefault(),this.dispatchEvent(Ap),this._handleMouseWheel(this._customWheelEvent(n)),this.dispatchEvent(R_))}function VT(n){this.enabled!==!1&&this._handleKeyDown(n)}function GT(n){switch(this._trackPointer(n),this._pointers.length){case 1:switch(this.touches.ONE){case wr.ROTATE:if(this.enableRotate===!1){this.state=Ee.NONE;break}this._handleTouchStartRotate(n),this.state=Ee.TOUCH_ROTATE;break;case wr.PAN:if(this.enablePan===!1){this.state=Ee.NONE;break}this._handleTouchStartPan(n),this.state=Ee.TOUCH_PAN;break;default:this.state=Ee.NONE}break;case 2:switch(this.touches.TWO){case wr.DOLLY_PAN:if(this.enableZoom===!1&&this.enablePan===!1)return;this._handleTouchStartDollyPan(n),this.state=Ee.TOUCH_DOLLY_PAN;break;case wr.DOLLY_ROTATE:if(this.enableZoom===!1&&this.enableRotate===!1)return;this._handleTouchStartDollyRotate(n),this.state=Ee.TOUCH_DOLLY_ROTATE;break;default:this.state=Ee.NONE}break;default:this.state=Ee.NONE}this.state!==Ee.NONE&&this.dispatchEvent(Ap)}function HT(n){switch(this._trackPointer(n),this.state){case Ee.TOUCH_ROTATE:if(this.enableRotate===!1)return;this._handleTouchMoveRotate(n),this.update();break;case Ee.TOUCH_PAN:if(this.enablePan===!1)return;this._handleTouchMovePan(n),this.update();break;case Ee.TOUCH_DOLLY_PAN:if(this.enableZoom===!1&&this.enablePan===!1)return;this._handleTouchMoveDollyPan(n),this.update();break;case Ee.TOUCH_DOLLY_ROTATE:if(this.enableZoom===!1&&this.enableRotate===!1)return;this._handleTouchMoveDollyRotate(n),this.update();break;default:this.state=Ee.NONE}}function WT(n){this.enabled!==!1&&n.preventDefault()}function XT(n){n.key==="Control"&&(this._controlActive=!0,this.domElement.ownerDocument.addEventListener("keyup",this._interceptControlUp,{passive:!0,capture:!0}))}function qT(n){n.key==="Control"&&(this._controlActive=!1,this.domElement.ownerDocument.removeEventListener("keyup",this._interceptControlUp,{passive:!0,capture:!0}))}function C_(n,t,e,i,s,r){let{alpha:o,beta:a}=t,[c,l,h,u]=[o[0],o[o.length-1],a[0],a[a.length-1]],f=i.z>0?h:u,d=i.x>0?l:c,p=(x,m,g,b)=>$T(n,e,s,{from:x,to:m,ticks:g,name:b},r);p([c,f],[l,f],lr(c,l,300).map(x=>[x,f,Je(x)]),cr(t,0)),p([d,h],[d,u],lr(h,u,240).map(x=>[d,x,Je(x)]),cr(t,1))}function $T(n,t,e,{from:i,to:s,ticks:r,name:o},a){let[c,l]=t(...i),[h,u]=t(...s),f=Math.hypot(h-c,u-l)||1,[d,p]=[(u-l)/f,(c-h)/f];d*((c+h)/2-e[0])+p*((l+u)/2-e[1])<0&&([d,p]=[-d,-p]),n.font=Pi,n.textAlign="center",n.textBaseline="middle",n.fillStyle=a.ink2;for(let[m,g,b]of r){let[T,v]=t(m,g);n.fillText(b,T+13*d,v+11*p)}let x=Math.atan2(u-l,h-c);x>Math.PI/2&&(x-=Math.PI),x<-Math.PI/2&&(x+=Math.PI),n.save(),n.translate((c+h)/2+32*d,(l+u)/2+30*p),n.rotate(x),n.fillStyle=a.ink,n.fillText(o,0,0),n.restore()}var YT=.62,P_=.006,ZT=8,JT=64,Uu=class{constructor(t,e){let{alpha:i,beta:s,orthonormal:r}=t;this.plane=t,this.scale=e;let[o,a]=[i[i.length-1]-i[0],s[s.length-1]-s[0]];this.units=r?[Math.max(o,a),Math.max(o,a)]:[o,a],this.middle=[i[0]+o/2,s[0]+a/2]}place(t,e,i,s=new W){return s.set((t-this.middle[0])/this.units[0],YT*i+P_,-(e-this.middle[1])/this.units[1])}gridPoint({x:t,z:e}){return{i:Bs(this.plane.alpha,t*this.units[0]+this.middle[0]),j:Bs(this.plane.beta,-e*this.units[1]+this.middle[1])}}heightAt(t,e){let{alpha:i,beta:s,loss:r}=this.plane,[o,a]=[i.length,s.length],[c,l]=[Va(i,t),Va(s,e)];if(!(c>=0&&l>=0&&c<=o-1&&l<=a-1))return NaN;let[h,u]=[Math.min(Math.floor(c),o-2),Math.min(Math.floor(l),a-2)],[f,d]=[c-h,l-u],p=(T,v)=>{let R=r[(u+v)*o+h+T];return Number.isFinite(R)?this.scale.height(R):NaN},[x,m,g,b]=[p(0,0),p(1,0),p(0,1),p(1,1)];return Number.isNaN(x+m+g+b)?NaN:f+d<=1?x+f*(m-x)+d*(g-x):b+(1-f)*(g-b)+(1-d)*(m-b)}mesh(){let{alpha:t,beta:e,loss:i}=this.plane,{scale:s}=this,[r,o]=[t.length,e.length],a=new Float32Array(3*r*o),c=new Float32Array(3*r*o),[l,h]=[new W,new ae];for(let x=0;x<o;x++)for(let m=0;m<r;m++){let g=x*r+m,b=Number.isFinite(i[g])?s.height(i[g]):0;this.place(t[m],e[x],b,l),a.set([l.x,l.y-P_,l.z],3*g),h.setStyle(s.smooth(b)),c.set([h.r,h.g,h.b],3*g)}let u=[],f=x=>Number.isFinite(i[x]);for(let x=0;x<o-1;x++)for(let m=0;m<r-1;m++){let g=x*r+m;[g,g+1,g+r,g+r+1].every(f)&&u.push(g,g+1,g+r,g+1,g+r+1,g+r)}let d=new zn;d.setAttribute("position",new Kn(a,3)),d.setAttribute("color",new Kn(c,3)),d.setIndex(u),d.computeVertexNormals();let p=new ml({vertexColors:!0,side:Ui,polygonOffset:!0,polygonOffsetFactor:2,polygonOffsetUnits:4});return new Pn(d,p)}contourLines(){let{plane:t,scale:e}=this,i=Co(t,e),{alpha:s,beta:r}=t,o=new Set(i.missing.map(([h,u])=>u*s.length+h)),a=(h,u)=>{let f=Math.min(Math.max(Math.floor(Va(s,h)),0),s.length-2),d=Math.min(Math.max(Math.floor(Va(r,u)),0),r.length-2);return o.has(d*s.length+f)},c=[];for(let{value:h,rings:u}of i.lines){let f=e.height(h);for(let d of u)for(let p of T0(d,t,a))for(let x=0;x+3<p.length;x+=2)c.push(this.place(p[x],p[x+1],f),this.place(p[x+2],p[x+3],f))}let l=new zn().setFromPoints(c);return new ta(l,new qr({color:16777215,transparent:!0,opacity:.7}))}floor(t){let{alpha:e,beta:i}=this.plane,[s,r,o,a]=[e[0],e[e.length-1],i[0],i[i.length-1]],c=[[s,o],[r,o],[r,a],[s,a]].map(([h,u])=>this.onFloor(h,u)),l=new zn().setFromPoints(c.flatMap((h,u)=>[h,c[(u+1)%4]]));return new ta(l,new qr({color:new ae(t)}))}onFloor(t,e){return this.place(t,e,0).setY(-.004)}draped(t,e,i){let s=this.plane.id,{x:r,y:o,step:a}=t.checkpoints,[c,l]=[r[s],o[s]],h=[],u=$n(t,s,e);u&&!u.exact&&h.push([u.x,u.y,e]);let f=Math.min(Wi(a,i),c.length-1);for(let v=Math.max(0,Wi(a,e-1)+1);v<=f;v++)h.push([c[v],l[v],a[v]]);let d=i===1/0?null:$n(t,s,i);d&&!d.exact&&h.push([d.x,d.y,i]);let p=[{points:[],steps:[]}],x=(v,R,E)=>{let _=this.heightAt(v,R),A=p[p.length-1];Number.isFinite(_)?(A.points.push(this.place(v,R,_+.004)),A.steps.push(E)):A.points.length&&p.push({points:[],steps:[]})},{alpha:m,beta:g}=this.plane,[b,T]=[(m[m.length-1]-m[0])/m.length,(g[g.length-1]-g[0])/g.length];return h.forEach(([v,R,E],_)=>{if(_){let[A,O,I]=h[_-1],L=Math.ceil(Math.max(Math.abs(v-A)/b,Math.abs(R-O)/T))||1,B=Math.min(JT,Math.max(ZT,L));for(let V=1;V<B;V++){let N=V/B;x(A+N*(v-A),O+N*(R-O),I+N*(E-I))}}x(v,R,E)}),p.filter(v=>v.points.length>1)}};var I_=new Qn,Fu=new W,ua=class extends Ml{constructor(){super(),this.isLineSegmentsGeometry=!0,this.type="LineSegmentsGeometry";let t=[-1,2,0,1,2,0,-1,1,0,1,1,0,-1,0,0,1,0,0,-1,-1,0,1,-1,0],e=[-1,2,1,2,-1,1,1,1,-1,-1,1,-1,-1,-2,1,-2],i=[0,2,1,2,3,1,2,4,3,4,5,3,4,6,5,6,7,5];this.setIndex(i),this.setAttribute("position",new rn(t,3)),this.setAttribute("uv",new rn(e,2))}applyMatrix4(t){let e=this.attributes.instanceStart,i=this.attributes.instanceEnd;return e!==void 0&&(e.applyMatrix4(t),i.applyMatrix4(t),e.needsUpdate=!0),this.boundingBox!==null&&this.computeBoundingBox(),this.boundingSphere!==null&&this.computeBoundingSphere(),this}setPositions(t){let e;t instanceof Float32Array?e=t:Array.isArray(t)&&(e=new Float32Array(t));let i=new Mr(e,6,1);return this.setAttribute("instanceStart",new Ki(i,3,0)),this.setAttribute("instanceEnd",new Ki(i,3,3)),this.instanceCount=this.attributes.instanceStart.count,this.computeBoundingBox(),this.computeBoundingSphere(),this}setColors(t){let e;t instanceof Float32Array?e=t:Array.isArray(t)&&(e=new Float32Array(t));let i=new Mr(e,6,1);return this.setAttribute("instanceColorStart",new Ki(i,3,0)),this.setAttribute("instanceColorEnd",new Ki(i,3,3)),this}fromWireframeGeometry(t){return this.setPositions(t.attributes.position.array),this}fromEdgesGeometry(t){return this.setPositions(t.attributes.position.array),this}fromMesh(t){return this.fromWireframeGeometry(new pl(t.geometry)),this}fromLineSegments(t){let e=t.geometry;return this.setPositions(e.attributes.position.array),this}computeBoundingBox(){this.boundingBox===null&&(this.boundingBox=new Qn);let t=this.attributes.instanceStart,e=this.attributes.instanceEnd;t!==void 0&&e!==void 0&&(this.boundingBox.setFromBufferAttribute(t),I_.setFromBufferAttribute(e),this.boundingBox.union(I_))}computeBoundingSphere(){this.boundingSphere===null&&(this.boundingSphere=new vi),this.boundingBox===null&&this.computeBoundingBox();let t=this.attributes.instanceStart,e=this.attributes.instanceEnd;if(t!==void 0&&e!==void 0){let i=this.boundingSphere.center;this.boundingBox.getCenter(i);let s=0;for(let r=0,o=t.count;r<o;r++)Fu.fromBufferAttribute(t,r),s=Math.max(s,i.distanceToSquared(Fu)),Fu.fromBufferAttribute(e,r),s=Math.max(s,i.distanceToSquared(Fu));this.boundingSphere.radius=Math.sqrt(s),isNaN(this.boundingSphere.radius)&&console.error("THREE.LineSegmentsGeometry.computeBoundingSphere(): Computed radius is NaN. The instanced position data is likely to have NaN values.",this)}}toJSON(){}};Pt.line={worldUnits:{value:1},linewidth:{value:1},resolution:{value:new Yt},dashOffset:{value:0},dashScale:{value:1},dashSize:{value:1},gapSize:{value:1}};ei.line={uniforms:Ul.merge([Pt.common,Pt.fog,Pt.line]),vertexShader:`
		#include <common>
		#include <color_pars_vertex>
		#include <fog_pars_vertex>
		#include <logdepthbuf_pars_vertex>
		#include <clipping_planes_pars_vertex>

		uniform float linewidth;
		uniform vec2 resolution;

		attribute vec3 instanceStart;
		attribute vec3 instanceEnd;

		attribute vec3 instanceColorStart;
		attribute vec3 instanceColorEnd;

		#ifdef WORLD_UNITS

			varying vec4 worldPos;
			varying vec3 worldStart;
			varying vec3 worldEnd;

			#ifdef USE_DASH

				varying vec2 vUv;

			#endif

		#else

			varying vec2 vUv;

		#endif

		#ifdef USE_DASH

			uniform float dashScale;
			attribute float instanceDistanceStart;
			attribute float instanceDistanceEnd;
			varying float vLineDistance;

		#endif

		float trimSegmentAlpha( const in vec4 start, const in vec4 end ) {

			// compute the interpolation factor needed to trim the segment so it terminates
			// between the camera plane and the near plane

			// conservative estimate of the near plane
			float a = projectionMatrix[ 2 ][ 2 ]; // 3nd entry in 3th column
			float b = projectionMatrix[ 3 ][ 2 ]; // 3nd entry in 4th column

			// we need different nearEstimate formula for reversed and default depth buffer
			// a is positive with a reversed depth buffer so it can be used for controlling the code flow
			float nearEstimate = ( a > 0.0 ) ? ( - b / ( a + 1.0 ) ) : ( - 0.5 * b / a );

			return ( nearEstimate - start.z ) / ( end.z - start.z );

		}

		void main() {

			#ifdef USE_COLOR

				vColor.xyz = ( position.y < 0.5 ) ? instanceColorStart : instanceColorEnd;

			#endif

			float aspect = resolution.x / resolution.y;

			// camera space
			vec4 start = modelViewMatrix * vec4( instanceStart, 1.0 );
			vec4 end = modelViewMatrix * vec4( instanceEnd, 1.0 );

			#ifdef USE_DASH

				float lineDistanceStart = dashScale * instanceDistanceStart;
				float lineDistanceEnd = dashScale * instanceDistanceEnd;

			#endif

			#ifdef WORLD_UNITS

				worldStart = start.xyz;
				worldEnd = end.xyz;

			#else

				vUv = uv;

			#endif

			// special case for perspective projection, and segments that terminate either in, or behind, the camera plane
			// clearly the gpu firmware has a way of addressing this issue when projecting into ndc space
			// but we need to perform ndc-space calculations in the shader, so we must address this issue directly
			// perhaps there is a more elegant solution -- WestLangley

			bool perspective = ( projectionMatrix[ 2 ][ 3 ] == - 1.0 ); // 4th entry in the 3rd column

			if ( perspective ) {

				if ( start.z < 0.0 && end.z >= 0.0 ) {

					float alpha = trimSegmentAlpha( start, end );
					end.xyz = mix( start.xyz, end.xyz, alpha );

					#ifdef USE_DASH

						lineDistanceEnd = mix( lineDistanceStart, lineDistanceEnd, alpha );

					#endif

				} else if ( end.z < 0.0 && start.z >= 0.0 ) {

					float alpha = trimSegmentAlpha( end, start );
					start.xyz = mix( end.xyz, start.xyz, alpha );

					#ifdef USE_DASH

						lineDistanceStart = mix( lineDistanceEnd, lineDistanceStart, alpha );

					#endif

				}

			}

			#ifdef USE_DASH

				vLineDistance = ( position.y < 0.5 ) ? lineDistanceStart : lineDistanceEnd;
				vUv = uv;

			#endif

			// clip space
			vec4 clipStart = projectionMatrix * start;
			vec4 clipEnd = projectionMatrix * end;

			// ndc space
			vec3 ndcStart = clipStart.xyz / clipStart.w;
			vec3 ndcEnd = clipEnd.xyz / clipEnd.w;

			// direction
			vec2 dir = ndcEnd.xy - ndcStart.xy;

			// account for clip-space aspect ratio
			dir.x *= aspect;
			dir = normalize( dir );

			#ifdef WORLD_UNITS

				vec3 worldDir = normalize( end.xyz - start.xyz );
				vec3 tmpFwd = perspective ? normalize( mix( start.xyz, end.xyz, 0.5 ) ) : vec3( 0.0, 0.0, - 1.0 );
				vec3 worldUp = normalize( cross( worldDir, tmpFwd ) );
				vec3 worldFwd = cross( worldDir, worldUp );
				worldPos = position.y < 0.5 ? start: end;

				// height offset
				float hw = linewidth * 0.5;
				worldPos.xyz += position.x < 0.0 ? hw * worldUp : - hw * worldUp;

				// don't extend the line if we're rendering dashes because we
				// won't be rendering the endcaps
				#ifndef USE_DASH

					// cap extension
					worldPos.xyz += position.y < 0.5 ? - hw * worldDir : hw * worldDir;

					// add width to the box
					worldPos.xyz += worldFwd * hw;

					// endcaps
					if ( position.y > 1.0 || position.y < 0.0 ) {

						worldPos.xyz -= worldFwd * 2.0 * hw;

					}

				#endif

				// project the worldpos
				vec4 clip = projectionMatrix * worldPos;

				// shift the depth of the projected points so the line
				// segments overlap neatly
				vec3 clipPose = ( position.y < 0.5 ) ? ndcStart : ndcEnd;

				// only shift the depth of vertices in front of the camera (#35137)
				if ( clip.w > 0.0 ) clip.z = clipPose.z * clip.w;

			#else

				vec2 offset = vec2( dir.y, - dir.x );
				// undo aspect ratio adjustment
				dir.x /= aspect;
				offset.x /= aspect;

				// sign flip
				if ( position.x < 0.0 ) offset *= - 1.0;

				// endcaps
				if ( position.y < 0.0 ) {

					offset += - dir;

				} else if ( position.y > 1.0 ) {

					offset += dir;

				}

				// adjust for linewidth
				offset *= linewidth;

				// adjust for clip-space to screen-space conversion // maybe resolution should be based on viewport ...
				offset /= resolution.y;

				// select end
				vec4 clip = ( position.y < 0.5 ) ? clipStart : clipEnd;

				// back to clip space
				offset *= clip.w;

				clip.xy += offset;

			#endif

			gl_Position = clip;

			vec4 mvPosition = ( position.y < 0.5 ) ? start : end; // this is an approximation

			#include <logdepthbuf_vertex>
			#include <clipping_planes_vertex>
			#include <fog_vertex>

		}
		`,fragmentShader:`
		uniform vec3 diffuse;
		uniform float opacity;
		uniform float linewidth;

		#ifdef USE_DASH

			uniform float dashOffset;
			uniform float dashSize;
			uniform float gapSize;

		#endif

		varying float vLineDistance;

		#ifdef WORLD_UNITS

			varying vec4 worldPos;
			varying vec3 worldStart;
			varying vec3 worldEnd;

			#ifdef USE_DASH

				varying vec2 vUv;

			#endif

		#else

			varying vec2 vUv;

		#endif

		#include <common>
		#include <color_pars_fragment>
		#include <fog_pars_fragment>
		#include <logdepthbuf_pars_fragment>
		#include <clipping_planes_pars_fragment>

		vec2 closestLineToLine(vec3 p1, vec3 p2, vec3 p3, vec3 p4) {

			float mua;
			float mub;

			vec3 p13 = p1 - p3;
			vec3 p43 = p4 - p3;

			vec3 p21 = p2 - p1;

			float d1343 = dot( p13, p43 );
			float d4321 = dot( p43, p21 );
			float d1321 = dot( p13, p21 );
			float d4343 = dot( p43, p43 );
			float d2121 = dot( p21, p21 );

			float denom = d2121 * d4343 - d4321 * d4321;

			float numer = d1343 * d4321 - d1321 * d4343;

			mua = numer / denom;
			mua = clamp( mua, 0.0, 1.0 );
			mub = ( d1343 + d4321 * ( mua ) ) / d4343;
			mub = clamp( mub, 0.0, 1.0 );

			return vec2( mua, mub );

		}

		void main() {

			float alpha = opacity;
			vec4 diffuseColor = vec4( diffuse, alpha );

			#include <clipping_planes_fragment>

			#ifdef USE_DASH

				if ( vUv.y < - 1.0 || vUv.y > 1.0 ) discard; // discard endcaps

				if ( mod( vLineDistance + dashOffset, dashSize + gapSize ) > dashSize ) discard; // todo - FIX

			#endif

			#ifdef WORLD_UNITS

				float len;

				if ( isOrthographic ) {

					// View rays are parallel to the z axis so the distance reduces to camera-space XY
					vec2 lineDir = worldEnd.xy - worldStart.xy;
					float t = clamp( dot( worldPos.xy - worldStart.xy, lineDir ) / dot( lineDir, lineDir ), 0.0, 1.0 );
					len = length( worldStart.xy + lineDir * t - worldPos.xy );

				} else {

					// Find the closest points on the view ray and the line segment
					vec3 rayEnd = normalize( worldPos.xyz ) * 1e5;
					vec3 lineDir = worldEnd - worldStart;
					vec2 params = closestLineToLine( worldStart, worldEnd, vec3( 0.0, 0.0, 0.0 ), rayEnd );

					vec3 p1 = worldStart + lineDir * params.x;
					vec3 p2 = rayEnd * params.y;
					vec3 delta = p1 - p2;
					len = length( delta );

				}

				float norm = len / linewidth;

				#ifndef USE_DASH

					#ifdef USE_ALPHA_TO_COVERAGE

						float dnorm = fwidth( norm );
						alpha = 1.0 - smoothstep( 0.5 - dnorm, 0.5 + dnorm, norm );

					#else

						if ( norm > 0.5 ) {

							discard;

						}

					#endif

				#endif

			#else

				#ifdef USE_ALPHA_TO_COVERAGE

					// artifacts appear on some hardware if a derivative is taken within a conditional
					float a = vUv.x;
					float b = ( vUv.y > 0.0 ) ? vUv.y - 1.0 : vUv.y + 1.0;
					float len2 = a * a + b * b;
					float dlen = fwidth( len2 );

					if ( abs( vUv.y ) > 1.0 ) {

						alpha = 1.0 - smoothstep( 1.0 - dlen, 1.0 + dlen, len2 );

					}

				#else

					if ( abs( vUv.y ) > 1.0 ) {

						float a = vUv.x;
						float b = ( vUv.y > 0.0 ) ? vUv.y - 1.0 : vUv.y + 1.0;
						float len2 = a * a + b * b;

						if ( len2 > 1.0 ) discard;

					}

				#endif

			#endif

			#include <logdepthbuf_fragment>
			#include <color_fragment>

			gl_FragColor = vec4( diffuseColor.rgb, alpha );

			#include <tonemapping_fragment>
			#include <colorspace_fragment>
			#include <fog_fragment>
			#include <premultiplied_alpha_fragment>

		}
		`};var Rr=class extends Di{constructor(t){super({type:"LineMaterial",uniforms:Ul.clone(ei.line.uniforms),vertexShader:ei.line.vertexShader,fragmentShader:ei.line.fragmentShader,clipping:!0}),this.isLineMaterial=!0,this.setValues(t)}get color(){return this.uniforms.diffuse.value}set color(t){this.uniforms.diffuse.value=t}get worldUnits(){return"WORLD_UNITS"in this.defines}set worldUnits(t){t===!0!==this.worldUnits&&(this.needsUpdate=!0),t===!0?this.defines.WORLD_UNITS="":delete this.defines.WORLD_UNITS}get linewidth(){return this.uniforms.linewidth.value}set linewidth(t){this.uniforms.linewidth&&(this.uniforms.linewidth.value=t)}get dashed(){return"USE_DASH"in this.defines}set dashed(t){t===!0!==this.dashed&&(this.needsUpdate=!0),t===!0?this.defines.USE_DASH="":delete this.defines.USE_DASH}get dashScale(){return this.uniforms.dashScale.value}set dashScale(t){this.uniforms.dashScale.value=t}get dashSize(){return this.uniforms.dashSize.value}set dashSize(t){this.uniforms.dashSize.value=t}get dashOffset(){return this.uniforms.dashOffset.value}set dashOffset(t){this.uniforms.dashOffset.value=t}get gapSize(){return this.uniforms.gapSize.value}set gapSize(t){this.uniforms.gapSize.value=t}get opacity(){return this.uniforms.opacity.value}set opacity(t){this.uniforms&&(this.uniforms.opacity.value=t)}get resolution(){return this.uniforms.resolution.value}set resolution(t){this.uniforms.resolution.value.copy(t)}get alphaToCoverage(){return"USE_ALPHA_TO_COVERAGE"in this.defines}set alphaToCoverage(t){this.defines&&(t===!0!==this.alphaToCoverage&&(this.needsUpdate=!0),t===!0?this.defines.USE_ALPHA_TO_COVERAGE="":delete this.defines.USE_ALPHA_TO_COVERAGE)}};var Ep=new Ce,L_=new W,N_=new W,Ln=new Ce,Nn=new Ce,Ms=new Ce,Tp=new W,Rp=new ve,Dn=new wl,D_=new W,Ou=new Qn,Bu=new vi,Ss=new Ce,ws,jr;function U_(n,t,e){return Ss.set(0,0,-t,1).applyMatrix4(n.projectionMatrix),Ss.multiplyScalar(1/Ss.w),Ss.x=jr/e.width,Ss.y=jr/e.height,Ss.applyMatrix4(n.projectionMatrixInverse),Ss.multiplyScalar(1/Ss.w),Math.abs(Math.max(Ss.x,Ss.y))}function KT(n,t){let e=n.matrixWorld,i=n.geometry,s=i.attributes.instanceStart,r=i.attributes.instanceEnd,o=Math.min(i.instanceCount,s.count);for(let a=0,c=o;a<c;a++){Dn.start.fromBufferAttribute(s,a),Dn.end.fromBufferAttribute(r,a),Dn.applyMatrix4(e);let l=new W,h=new W;ws.distanceSqToSegment(Dn.start,Dn.end,h,l),h.distanceTo(l)<jr*.5&&t.push({point:h,pointOnLine:l,distance:ws.origin.distanceTo(h),object:n,face:null,faceIndex:a,uv:null,uv1:null})}}function jT(n,t,e){let i=t.projectionMatrix,r=n.material.resolution,o=n.matrixWorld,a=n.geometry,c=a.attributes.instanceStart,l=a.attributes.instanceEnd,h=Math.min(a.instanceCount,c.count),u=-t.near;ws.at(1,Ms),Ms.w=1,Ms.applyMatrix4(t.matrixWorldInverse),Ms.applyMatrix4(i),Ms.multiplyScalar(1/Ms.w),Ms.x*=r.x/2,Ms.y*=r.y/2,Ms.z=0,Tp.copy(Ms),Rp.multiplyMatrices(t.matrixWorldInverse,o);for(let f=0,d=h;f<d;f++){if(Ln.fromBufferAttribute(c,f),Nn.fromBufferAttribute(l,f),Ln.w=1,Nn.w=1,Ln.applyMatrix4(Rp),Nn.applyMatrix4(Rp),Ln.z>u&&Nn.z>u)continue;if(Ln.z>u){let T=Ln.z-Nn.z,v=(Ln.z-u)/T;Ln.lerp(Nn,v)}else if(Nn.z>u){let T=Nn.z-Ln.z,v=(Nn.z-u)/T;Nn.lerp(Ln,v)}Ln.applyMatrix4(i),Nn.applyMatrix4(i),Ln.multiplyScalar(1/Ln.w),Nn.multiplyScalar(1/Nn.w),Ln.x*=r.x/2,Ln.y*=r.y/2,Nn.x*=r.x/2,Nn.y*=r.y/2,Dn.start.copy(Ln),Dn.start.z=0,Dn.end.copy(Nn),Dn.end.z=0;let x=Dn.closestPointToPointParameter(Tp,!0);Dn.at(x,D_);let m=Dl.lerp(Ln.z,Nn.z,x),g=m>=-1&&m<=1,b=Tp.distanceTo(D_)<jr*.5;if(g&&b){Dn.start.fromBufferAttribute(c,f),Dn.end.fromBufferAttribute(l,f),Dn.start.applyMatrix4(o),Dn.end.applyMatrix4(o);let T=new W,v=new W;ws.distanceSqToSegment(Dn.start,Dn.end,v,T),e.push({point:v,pointOnLine:T,distance:ws.origin.distanceTo(v),object:n,face:null,faceIndex:f,uv:null,uv1:null})}}}var ku=class extends Pn{constructor(t=new ua,e=new Rr({color:Math.random()*16777215})){super(t,e),this.isLineSegments2=!0,this.type="LineSegments2"}computeLineDistances(){let t=this.geometry,e=t.attributes.instanceStart,i=t.attributes.instanceEnd,s=new Float32Array(2*e.count);for(let o=0,a=0,c=e.count;o<c;o++,a+=2)L_.fromBufferAttribute(e,o),N_.fromBufferAttribute(i,o),s[a]=a===0?0:s[a-1],s[a+1]=s[a]+L_.distanceTo(N_);let r=new Mr(s,2,1);return t.setAttribute("instanceDistanceStart",new Ki(r,1,0)),t.setAttribute("instanceDistanceEnd",new Ki(r,1,1)),this}raycast(t,e){let i=this.material.worldUnits,s=t.camera;if(s===null&&!i&&console.error('LineSegments2: "Raycaster.camera" needs to be set in order to raycast against LineSegments2 while worldUnits is set to false.'),i===!1&&(this.material.resolution.x===0||this.material.resolution.y===0))return;let r=t.params.Line2!==void 0&&t.params.Line2.threshold||0;ws=t.ray;let o=this.matrixWorld,a=this.geometry,c=this.material;jr=c.linewidth+r,a.boundingSphere===null&&a.computeBoundingSphere(),Bu.copy(a.boundingSphere).applyMatrix4(o);let l;if(i)l=jr*.5;else{let u=Math.max(s.near,Bu.distanceToPoint(ws.origin));l=U_(s,u,c.resolution)}if(Bu.radius+=l,ws.intersectsSphere(Bu)===!1)return;a.boundingBox===null&&a.computeBoundingBox(),Ou.copy(a.boundingBox).applyMatrix4(o);let h;if(i)h=jr*.5;else{let u=Math.max(s.near,Ou.distanceToPoint(ws.origin));h=U_(s,u,c.resolution)}Ou.expandByScalar(h),ws.intersectsBox(Ou)!==!1&&(i?KT(this,e):jT(this,s,e))}onBeforeRender(t){let e=this.material.uniforms;e&&e.resolution&&(t.getViewport(Ep),this.material.uniforms.resolution.value.set(Ep.z,Ep.w))}};var fa=class extends ua{constructor(){super(),this.isLineGeometry=!0,this.type="LineGeometry"}setPositions(t){let e=t.length-3,i=new Float32Array(2*e);for(let s=0;s<e;s+=3)i[2*s]=t[s],i[2*s+1]=t[s+1],i[2*s+2]=t[s+2],i[2*s+3]=t[s+3],i[2*s+4]=t[s+4],i[2*s+5]=t[s+5];return super.setPositions(i),this}setColors(t){let e=t.length-3,i=new Float32Array(2*e);for(let s=0;s<e;s+=3)i[2*s]=t[s],i[2*s+1]=t[s+1],i[2*s+2]=t[s+2],i[2*s+3]=t[s+3],i[2*s+4]=t[s+4],i[2*s+5]=t[s+5];return super.setColors(i),this}setFromPoints(t){let e=t.length-1,i=new Float32Array(6*e);for(let s=0;s<e;s++)i[6*s]=t[s].x,i[6*s+1]=t[s].y,i[6*s+2]=t[s].z||0,i[6*s+3]=t[s+1].x,i[6*s+4]=t[s+1].y,i[6*s+5]=t[s+1].z||0;return super.setPositions(i),this}fromLine(t){let e=t.geometry;return this.setPositions(e.attributes.position.array),this}};var zu=class extends ku{constructor(t=new fa,e=new Rr({color:Math.random()*16777215})){super(t,e),this.isLine2=!0,this.type="Line2"}};var F_=1e4,O_=new na(.015,20,14),Vu=class{constructor(){this.paths=new Ni,this.marked=new Ni,this.placed=[],this.tracks=[]}build(t,e,i){Cr(this.paths),Cr(this.marked),this.shape=t,this.colors=i,this.placed=e.filter(({run:s})=>s.checkpoints?.x?.[t.plane.id]?.length).map(s=>({...s,points:this.points(s.run)})),this.addDots(),this.tracks=this.placed.map(({run:s,look:r},o)=>({run:s,pieces:t.draped(s,0,1/0).map(({points:a,steps:c})=>({steps:c,ahead:this.addLine(this.paths,a,r.color,1.2,.45,4*o),halo:this.addLine(this.paths,a,i.ground,4.2,.85,4*o+1),behind:this.addLine(this.paths,a,r.color,2.4,1,4*o+2)})),ball:this.addHead(r)}))}points(t){let{x:e,y:i}=t.checkpoints,s=this.shape.plane.id;return Array.from(e[s],(r,o)=>{let a=this.shape.heightAt(r,i[s][o]);return Number.isFinite(a)?this.shape.place(r,i[s][o],a):null})}addDots(){let{scale:t}=this.shape,e=this.placed.flatMap(({run:s,look:r,points:o})=>o.flatMap((a,c)=>{let l=s.checkpoints.loss?t.color(s.checkpoints.loss[c]):r.color;return a&&l?[{point:a,fill:l,rim:r.color}]:[]})),i=new ve;["rim","fill"].forEach((s,r)=>{let o=s==="rim"?.0088:.0065,a=new Xr({depthTest:!1,transparent:!0}),c=new cl(new na(o,12,8),a,e.length);e.forEach((l,h)=>{c.setMatrixAt(h,i.setPosition(l.point)),c.setColorAt(h,new ae(l[s]))}),c.renderOrder=F_+r,c.frustumCulled=!1,this.paths.add(c)})}addHead(t){let e=new Pn(O_,new Xr({color:new ae(t.color),depthTest:!1,transparent:!0}));return e.renderOrder=F_+2,this.paths.add(e),e}addLine(t,e,i,s,r,o){let a=new fa().setPositions(e.flatMap(({x:h,y:u,z:f})=>[h,u,f])),c=new Rr({color:new ae(i),linewidth:s,transparent:!0,opacity:r,depthTest:!1}),l=new zu(a,c);return l.renderOrder=o,l.frustumCulled=!1,t.add(l),l}update(t,e,i){let s=this.tracks.some(({run:o})=>o.id===i),{shape:r}=this;for(let{run:o,pieces:a,ball:c}of this.tracks){let l=s&&o.id!==i;for(let{steps:f,ahead:d,halo:p,behind:x}of a){let m=Math.max(0,Wi(f,t));p.geometry.instanceCount=x.geometry.instanceCount=m,p.visible=x.visible=m>0,d.material.opacity=l?.15:.45,p.material.opacity=l?.2:.85,x.material.opacity=l?.35:1,x.material.linewidth=o.id===i?3.6:2.4}let h=$n(o,r.plane.id,t),u=h?r.heightAt(h.x,h.y):NaN;c.visible=Number.isFinite(u),c.visible&&r.place(h.x,h.y,u,c.position)}this.mark(e)}mark(t){let e=t.join();if(!(e===this.shown&&this.marked.children.length)&&(this.shown=e,Cr(this.marked),!!t.length))for(let{run:i}of this.tracks)for(let{points:s}of this.shape.draped(i,t[0],t[1]))this.addLine(this.marked,s,this.colors.accent,13,.55,-1)}destroy(){Cr(this.paths),Cr(this.marked)}};function Cr(n){for(let t of[...n.children])n.remove(t),t.geometry!==O_&&t.geometry?.dispose(),t.material?.dispose()}var Cp=92,QT="Arrow keys turn the surface; plus and minus zoom; 0 resets.",Gu=class{constructor(t){this.app=t,this.over=new gs("lx-layer lx-surface-over"),this.stage=J("div",{class:"lx-stage lx-surface-stage",tabindex:"0",role:"application","aria-roledescription":"3-D surface","aria-describedby":`${t.id}-surface-help`}),this.tooltip=new hr(this.stage);let e=(i,s,r)=>J("button",{type:"button",class:"lx-tool","aria-label":s,title:s,onclick:r},mi(i));this.tools=J("div",{class:"lx-tools",role:"group","aria-label":"View of the surface"},e("plus","Nearer",()=>this.dolly(.8)),e("minus","Farther",()=>this.dolly(1.25)),e("fit","Reset the view",()=>this.reset())),this.note=J("p",{class:"lx-empty",hidden:!0}),this.el=J("div",{class:"lx-surface-view",hidden:!0},this.note,this.stage,J("p",{class:"lx-hidden",id:`${t.id}-surface-help`,text:QT}))}start(){if(this.renderer||this.failed)return!!this.renderer;try{this.renderer=new Pu({antialias:!0,alpha:!0,preserveDrawingBuffer:!0})}catch{return this.failed=!0,this.note.textContent="This browser offers no WebGL, which the surface needs; the contours show the same values.",this.note.hidden=!1,this.stage.hidden=this.tools.hidden=!0,!1}this.renderer.outputColorSpace=Zn,this.renderer.domElement.className="lx-layer",this.renderer.domElement.setAttribute("aria-hidden","true"),this.over.canvas.style.pointerEvents="none",this.stage.prepend(this.renderer.domElement,this.over.canvas),this.scene=new sl,this.camera=new Jn(32,1,.01,50);let t=new bl(16777215,1.1);return t.position.set(-1,2,1),this.scene.add(new vl(16777215,2.3),t),this.fixed=new Ni,this.tracks=new Vu,this.scene.add(this.fixed,this.tracks.marked,this.tracks.paths),this.controls=new Du(this.camera,this.renderer.domElement),this.controls.enablePan=!1,this.controls.enableDamping=!1,this.controls.minDistance=.6,this.controls.maxDistance=6,this.controls.maxPolarAngle=.495*Math.PI,this.controls.enableZoom=!1,this.controls.addEventListener("change",()=>this.app.frames.request("heads")),this.listen(),this.reset(),!0}listen(){let{stage:t}=this;t.addEventListener("wheel",i=>{!i.ctrlKey&&!i.metaKey||(i.preventDefault(),this.dolly(Math.exp(i.deltaY*.003)))},{passive:!1}),t.addEventListener("keydown",i=>{let s={ArrowLeft:[-.12,0],ArrowRight:[.12,0],ArrowUp:[0,-.08],ArrowDown:[0,.08]};if(i.key in s)this.turn(...s[i.key]);else if(i.key==="+"||i.key==="=")this.dolly(.8);else if(i.key==="-")this.dolly(1.25);else if(i.key==="0")this.reset();else return;i.preventDefault()}),t.addEventListener("pointermove",i=>{let s=t.getBoundingClientRect();this.point(i.clientX-s.left,i.clientY-s.top)}),t.addEventListener("pointerleave",()=>{this.tooltip.hide(),this.loss=void 0,this.app.hover(null),this.app.frames.request("heads")});let e=null;t.addEventListener("pointerdown",i=>e=[i.clientX,i.clientY]),t.addEventListener("pointerup",i=>{let s=e&&Math.hypot(i.clientX-e[0],i.clientY-e[1])<4,r=t.getBoundingClientRect(),o=s&&this.nearest(i.clientX-r.left,i.clientY-r.top);o&&this.app.pick(o.run.id,o.index)})}turn(t,e){let i=this.camera.position.clone().sub(this.controls.target),s=Math.atan2(i.x,i.z)+t,r=i.length(),o=Math.min(Math.max(Math.acos(i.y/r)+e,.05),.49*Math.PI);i.set(r*Math.sin(o)*Math.sin(s),r*Math.cos(o),r*Math.sin(o)*Math.cos(s)),this.camera.position.copy(this.controls.target).add(i),this.controls.update()}dolly(t){let e=this.camera.position.clone().sub(this.controls.target);e.setLength(Math.min(Math.max(e.length()*t,.6),6)),this.camera.position.copy(this.controls.target).add(e),this.controls.update(),this.app.frames.request("heads")}reset(){this.renderer&&(this.controls.target.set(0,.17,0),this.camera.position.set(-.9,1.5,1.6),this.controls.update(),this.app.frames.request("heads"))}resize(t){let e=Math.round(Math.min(.78*t,540));this.stage.style.height=`${e}px`,this.over.resize(t,e),this.size=[t,e]}drawField(){if(!this.start())return;Cr(this.fixed);let t=this.app.plane(),e=this.app.lossScale();this.shape=new Uu(t,e),this.surface=this.shape.mesh(),this.fixed.add(this.surface,this.shape.contourLines(),this.shape.floor(this.app.colors.ink3)),this.stage.setAttribute("aria-label",`${t.label||"Plane"} as a surface: loss from ${te(e.low,3)} to ${te(e.high,3)}`)}drawPaths(){!this.start()||!this.shape||(this.tracks.build(this.shape,this.app.entries(),this.app.colors),this.drawLines())}drawLines(){if(!this.start()||!this.shape)return;let{store:t}=this.app;this.tracks.update(t.get("step"),t.get("selection"),this.app.focus())}drawHeads(){if(!this.renderer||!this.size)return;let[t,e]=this.size,i=Math.max(120,t-Cp),s=Math.min(window.devicePixelRatio||1,2);this.drawn!==`${i}x${e}@${s}`&&(this.drawn=`${i}x${e}@${s}`,this.renderer.setPixelRatio(s),this.renderer.setSize(i,e),this.camera.aspect=i/e,this.camera.updateProjectionMatrix()),this.renderer.render(this.scene,this.camera),this.drawOver(i,e)}screen(t){let[e,i]=this.size,s=Math.max(120,e-Cp),r=t.clone().project(this.camera);return[(r.x+1)/2*s,(1-r.y)/2*i]}drawOver(t,e){let{colors:i,store:s}=this.app,r=this.over.clear(),o=this.app.plane(),a=this.app.lossScale(),c={right:t-6,top:24,bottom:e-24,height:e-48};Ec(r,a,c,i,this.app.lossLabel()),Number.isFinite(this.loss)&&Tc(r,a,c,this.loss,i),C_(r,o,(f,d)=>this.screen(this.shape.onFloor(f,d)),this.camera.position,this.screen(new W(0,0,0)),i);let h=s.get("picked"),u=h&&this.tracks.placed.find(({run:f})=>f.id===h.runId)?.points[h.index];if(u){let[f,d]=this.screen(u);for(let[p,x]of[[i.ground,4],[i.ink,1.8]])r.beginPath(),r.arc(f,d,9,0,2*Math.PI),r.strokeStyle=p,r.lineWidth=x,r.stroke()}}nearest(t,e,i=12){let s=null;for(let{run:r,look:o,name:a,points:c}of this.tracks.placed)c.forEach((l,h)=>{if(!l)return;let[u,f]=this.screen(l),d=Math.hypot(u-t,f-e);d<(s?.distance??i)&&(s={run:r,look:o,name:a,index:h,distance:d,x:u,y:f})});return s}point(t,e){if(!this.surface)return;let i=this.nearest(t,e);this.stage.classList.toggle("lx-on-checkpoint",!!i);let s=this.app.plane();if(i){let{checkpoints:r}=i.run;this.loss=r.loss?.[i.index];let o=[["step",String(r.step[i.index])]];r.loss&&o.push(["loss",te(this.loss,6)]),this.tooltip.show(i.x,i.y,o,{text:i.name,color:i.look.color}),this.app.hover({runId:i.run.id})}else{this.app.hover(null);let[r,o]=this.size,a=Math.max(120,r-Cp),c=new Sl;c.setFromCamera(new Yt(2*t/a-1,1-2*e/o),this.camera);let l=t<=a?c.intersectObject(this.surface)[0]:void 0;if(this.loss=void 0,!l)this.tooltip.hide();else{let{i:h,j:u}=this.shape.gridPoint(l.point);this.loss=s.loss[u*s.alpha.length+h],this.tooltip.show(t,e,[["loss",te(this.loss,6)],["at grid point",`α ${te(s.alpha[h],5)}, β ${te(s.beta[u],5)}`]])}}this.app.frames.request("heads")}image(){return this.drawHeads(),this.renderer.domElement}destroy(){this.renderer&&(Cr(this.fixed),this.tracks.destroy(),this.controls.dispose(),this.renderer.dispose(),this.renderer.forceContextLoss())}};var t2=[{key:"loss",title:"Training loss",log:!0,noisy:!0,lines:[{series:"loss"}]},{key:"gradient_norm",title:"Gradient norm",log:!0,noisy:!0,lines:[{series:"gradient_norm"}]},{key:"lr",title:"Learning rate",log:!1,lines:[{series:"lr"}]},{key:"zenith",title:"Mean gradient norm μ, its maximum Z",log:!1,rule:!0,lines:[{series:"mean_gradient_norm",name:"μ"},{series:"zenith",name:"Z",wide:!0}]},{key:"sharpness",title:"Sharpness",log:!0,lines:[{series:"sharpness"}],points:!0}];function zl(n){return t2.filter(({key:t,lines:e})=>t==="sharpness"?n.some(i=>i.sharpness?.value?.length):n.some(i=>e.some(({series:s})=>i.series?.[s]?.some(Number.isFinite)))).map(t=>{if(t.key!=="sharpness")return t;let e=n.find(i=>i.sharpness?.label)?.sharpness.label;return e?{...t,title:e[0].toUpperCase()+e.slice(1)}:t})}function e2(n,t){if(n?.length===t&&n.every(Number.isFinite))return n;let e=new Array(t).fill(null),i=Math.min(t,n?.length??0);for(let s=0;s<i;s++)Number.isFinite(n[s])&&(e[s]=n[s]);return e}function n2(n,t){let e=new Array(n.length).fill(null),[i,s]=[0,0];for(let r=0;r<n.length;r++){n[r]!==null&&([i,s]=[i+n[r],s+1]);let o=r>=t?n[r-t]:null;o!==null&&([i,s]=[i-o,s-1]),n[r]!==null&&(e[r]=i/s)}return e}function Hu(n,t,e=1){if(!n.points){let o=Math.max(1,...t.map(l=>l.series?.loss?.length??0)),a=Float64Array.from({length:o},(l,h)=>h),c=l=>{let h=e2(l,o);return n.noisy&&e>1?n2(h,e):h};return[a,...t.flatMap(l=>n.lines.map(({series:h})=>c(l.series?.[h])))]}let i=[...new Set(t.flatMap(o=>Array.from(o.sharpness?.step??[])))].sort((o,a)=>o-a),s=new Map(i.map((o,a)=>[o,a])),r=t.map(o=>{let a=new Array(i.length).fill(void 0);return o.sharpness?.step?.forEach((c,l)=>{let h=o.sharpness.value[l];a[s.get(c)]=Number.isFinite(h)?h:null}),a});return[i,...r]}function Wu(n,t,e,i){let[s,r]=[1/0,-1/0];for(let a of n)for(let c=t;c<=Math.min(e,a.length-1);c++){let l=a[c];l==null||i&&l<=0||(l<s&&(s=l),l>r&&(r=l))}if(r===-1/0)return i?[.1,1]:[0,1];if(i){let a=Math.max((r/s)**.06,1.02);return[s/a,r*a]}s>=0&&s<.5*r&&(s=0);let o=.06*(r-s)||.05*Math.abs(r)||.5;return[s===0?0:s-o,r+o]}var i2="uplot",s2="u-hz",r2="u-vt",o2="u-title",a2="u-wrap",l2="u-under",c2="u-over",h2="u-axis",eo="u-off",u2="u-select",f2="u-cursor-x",d2="u-cursor-y",p2="u-cursor-pt",m2="u-legend",g2="u-live",x2="u-inline",_2="u-series",y2="u-marker",B_="u-label",b2="u-value",Gl="width",Hl="height";var k_="bottom",da="left",Pp="right",$p="#000",z_=$p+"0",Ip="mousemove",V_="mousedown",Lp="mouseup",G_="mouseenter",H_="mouseleave",W_="dblclick",v2="resize",M2="scroll",X_="change",Zu="dppxchange",Yp="--",ba=typeof window<"u",Op=ba?document:null,ma=ba?window:null,S2=ba?navigator:null,Te,Xu;function Bp(){let n=devicePixelRatio;Te!=n&&(Te=n,Xu&&zp(X_,Xu,Bp),Xu=matchMedia(`(min-resolution: ${Te-.001}dppx) and (max-resolution: ${Te+.001}dppx)`),no(X_,Xu,Bp),ma.dispatchEvent(new CustomEvent(Zu)))}function Si(n,t){if(t!=null){let e=n.classList;!e.contains(t)&&e.add(t)}}function kp(n,t){let e=n.classList;e.contains(t)&&e.remove(t)}function qe(n,t,e){n.style[t]=e+"px"}function es(n,t,e,i){let s=Op.createElement(n);return t!=null&&Si(s,t),e?.insertBefore(s,i),s}function Oi(n,t){return es("div",n,t)}var q_=new WeakMap;function As(n,t,e,i,s){let r="translate("+t+"px,"+e+"px)",o=q_.get(n);r!=o&&(n.style.transform=r,q_.set(n,r),t<0||e<0||t>i||e>s?Si(n,eo):kp(n,eo))}var $_=new WeakMap;function Y_(n,t,e){let i=t+e,s=$_.get(n);i!=s&&($_.set(n,i),n.style.background=t,n.style.borderColor=e)}var Z_=new WeakMap;function J_(n,t,e,i){let s=t+""+e,r=Z_.get(n);s!=r&&(Z_.set(n,s),n.style.height=e+"px",n.style.width=t+"px",n.style.marginLeft=i?-t/2+"px":0,n.style.marginTop=i?-e/2+"px":0)}var Zp={passive:!0},w2={...Zp,capture:!0};function no(n,t,e,i){t.addEventListener(n,e,i?w2:Zp)}function zp(n,t,e,i){t.removeEventListener(n,e,Zp)}ba&&Bp();function ns(n,t,e,i){let s;e=e||0,i=i||t.length-1;let r=i<=2147483647;for(;i-e>1;)s=r?e+i>>1:wi((e+i)/2),t[s]<n?e=s:i=s;return n-t[e]<=t[i]-n?e:i}function wy(n){return(e,i,s)=>{let r=-1,o=-1;for(let a=i;a<=s;a++)if(n(e[a])){r=a;break}for(let a=s;a>=i;a--)if(n(e[a])){o=a;break}return[r,o]}}var Ay=n=>n!=null,Ey=n=>n!=null&&n>0,ju=wy(Ay),A2=wy(Ey);function E2(n,t,e,i=0,s=!1){let r=s?A2:ju,o=s?Ey:Ay;[t,e]=r(n,t,e);let a=n[t],c=n[t];if(t>-1)if(i==1)a=n[t],c=n[e];else if(i==-1)a=n[e],c=n[t];else for(let l=t;l<=e;l++){let h=n[l];o(h)&&(h<a?a=h:h>c&&(c=h))}return[a??Be,c??-Be]}function Qu(n,t,e,i){let s=Q_(n),r=Q_(t);n==t&&(s==-1?(n*=e,t/=e):(n/=e,t*=e));let o=e==10?Qs:Ty,a=s==1?wi:Bi,c=r==1?Bi:wi,l=a(o(vn(n))),h=c(o(vn(t))),u=ga(e,l),f=ga(e,h);return e==10&&(l<0&&(u=ke(u,-l)),h<0&&(f=ke(f,-h))),i||e==2?(n=u*s,t=f*r):(n=Iy(n,u),t=tf(t,f)),[n,t]}function Jp(n,t,e,i){let s=Qu(n,t,e,i);return n==0&&(s[0]=0),t==0&&(s[1]=0),s}var Kp=.1,K_={mode:3,pad:Kp},Xl={pad:0,soft:null,mode:0},T2={min:Xl,max:Xl};function Ju(n,t,e,i){return ef(e)?j_(n,t,e):(Xl.pad=e,Xl.soft=i?0:null,Xl.mode=i?3:0,j_(n,t,T2))}function we(n,t){return n??t}function R2(n,t,e){for(t=we(t,0),e=we(e,n.length-1);t<=e;){if(n[t]!=null)return!0;t++}return!1}function j_(n,t,e){let i=e.min,s=e.max,r=we(i.pad,0),o=we(s.pad,0),a=we(i.hard,-Be),c=we(s.hard,Be),l=we(i.soft,Be),h=we(s.soft,-Be),u=we(i.mode,0),f=we(s.mode,0),d=t-n,p=Qs(d),x=ni(vn(n),vn(t)),m=Qs(x),g=vn(m-p);(d<1e-24||g>10)&&(d=0,(n==0||t==0)&&(d=1e-24,u==2&&l!=Be&&(r=0),f==2&&h!=-Be&&(o=0)));let b=d||x||1e3,T=Qs(b),v=ga(10,wi(T)),R=b*(d==0?n==0?.1:1:r),E=ke(Iy(n-R,v/10),24),_=n>=l&&(u==1||u==3&&E<=l||u==2&&E>=l)?l:Be,A=ni(a,E<_&&n>=_?_:is(_,E)),O=b*(d==0?t==0?.1:1:o),I=ke(tf(t+O,v/10),24),L=t<=h&&(f==1||f==3&&I>=h||f==2&&I<=h)?h:-Be,B=is(c,I>L&&t<=L?L:ni(L,I));return A==B&&A==0&&(B=100),[A,B]}var C2=new Intl.NumberFormat(ba?S2.language:"en-US"),jp=n=>C2.format(n),Ai=Math,Yu=Ai.PI,vn=Ai.abs,wi=Ai.floor,bn=Ai.round,Bi=Ai.ceil,is=Ai.min,ni=Ai.max,ga=Ai.pow,Q_=Ai.sign,Qs=Ai.log10,Ty=Ai.log2,P2=(n,t=1)=>Ai.sinh(n)*t,Np=(n,t=1)=>Ai.asinh(n/t),Be=1/0;function ty(n){return(Qs((n^n>>31)-(n>>31))|0)+1}function Vp(n,t,e){return is(ni(n,t),e)}function Ry(n){return typeof n=="function"}function ye(n){return Ry(n)?n:()=>n}var I2=()=>{},Cy=n=>n,Py=(n,t)=>t,L2=n=>null,ey=n=>!0,ny=(n,t)=>n==t,N2=/\.\d*?(?=9{6,}|0{6,})/gm,io=n=>{if(Ny(n)||Ir.has(n))return n;let t=`${n}`,e=t.match(N2);if(e==null)return n;let i=e[0].length-1;if(t.indexOf("e-")!=-1){let[s,r]=t.split("e");return+`${io(s)}e${r}`}return ke(n,i)};function Qr(n,t){return io(ke(io(n/t))*t)}function tf(n,t){return io(Bi(io(n/t))*t)}function Iy(n,t){return io(wi(io(n/t))*t)}function ke(n,t=0){if(Ny(n))return n;let e=10**t,i=n*e*(1+Number.EPSILON);return bn(i)/e}var Ir=new Map;function Ly(n){return((""+n).split(".")[1]||"").length}function $l(n,t,e,i){let s=[],r=i.map(Ly);for(let o=t;o<e;o++){let a=vn(o),c=ke(ga(n,o),a);for(let l=0;l<i.length;l++){let h=n==10?+`${i[l]}e${o}`:i[l]*c,u=(o>=0?0:a)+(o>=r[l]?0:r[l]),f=n==10?h:ke(h,u);s.push(f),Ir.set(f,u)}}return s}var ql={},Qp=[],xa=[null,null],Pr=Array.isArray,Ny=Number.isInteger,D2=n=>n===void 0;function iy(n){return typeof n=="string"}function ef(n){let t=!1;if(n!=null){let e=n.constructor;t=e==null||e==Object}return t}function U2(n){return n!=null&&typeof n=="object"}var F2=Object.getPrototypeOf(Uint8Array),Dy="__proto__";function _a(n,t=ef){let e;if(Pr(n)){let i=n.find(s=>s!=null);if(Pr(i)||t(i)){e=Array(n.length);for(let s=0;s<n.length;s++)e[s]=_a(n[s],t)}else e=n.slice()}else if(n instanceof F2)e=n.slice();else if(t(n)){e={};for(let i in n)i!=Dy&&(e[i]=_a(n[i],t))}else e=n;return e}function dn(n){let t=arguments;for(let e=1;e<t.length;e++){let i=t[e];for(let s in i)s!=Dy&&(ef(n[s])?dn(n[s],_a(i[s])):n[s]=_a(i[s]))}return n}var O2=0,B2=1,k2=2;function z2(n,t,e){for(let i=0,s,r=-1;i<t.length;i++){let o=t[i];if(o>r){for(s=o-1;s>=0&&n[s]==null;)n[s--]=null;for(s=o+1;s<e&&n[s]==null;)n[r=s++]=null}}}function V2(n,t){if(W2(n)){let o=n[0].slice();for(let a=1;a<n.length;a++)o.push(...n[a].slice(1));return X2(o[0])||(o=H2(o)),o}let e=new Set;for(let o=0;o<n.length;o++){let c=n[o][0],l=c.length;for(let h=0;h<l;h++)e.add(c[h])}let i=[Array.from(e).sort((o,a)=>o-a)],s=i[0].length,r=new Map;for(let o=0;o<s;o++)r.set(i[0][o],o);for(let o=0;o<n.length;o++){let a=n[o],c=a[0];for(let l=1;l<a.length;l++){let h=a[l],u=Array(s).fill(void 0),f=t?t[o][l]:B2,d=[];for(let p=0;p<h.length;p++){let x=h[p],m=r.get(c[p]);x===null?f!=O2&&(u[m]=x,f==k2&&d.push(m)):u[m]=x}z2(u,d,s),i.push(u)}}return i}var G2=typeof queueMicrotask>"u"?n=>Promise.resolve().then(n):queueMicrotask;function H2(n){let t=n[0],e=t.length,i=Array(e);for(let r=0;r<i.length;r++)i[r]=r;i.sort((r,o)=>t[r]-t[o]);let s=[];for(let r=0;r<n.length;r++){let o=n[r],a=Array(e);for(let c=0;c<e;c++)a[c]=o[i[c]];s.push(a)}return s}function W2(n){let t=n[0][0],e=t.length;for(let i=1;i<n.length;i++){let s=n[i][0];if(s.length!=e)return!1;if(s!=t){for(let r=0;r<e;r++)if(s[r]!=t[r])return!1}}return!0}function X2(n,t=100){let e=n.length;if(e<=1)return!0;let i=0,s=e-1;for(;i<=s&&n[i]==null;)i++;for(;s>=i&&n[s]==null;)s--;if(s<=i)return!0;let r=ni(1,wi((s-i+1)/t));for(let o=n[i],a=i+r;a<=s;a+=r){let c=n[a];if(c!=null){if(c<=o)return!1;o=c}}return!0}var Uy=["January","February","March","April","May","June","July","August","September","October","November","December"],Fy=["Sunday","Monday","Tuesday","Wednesday","Thursday","Friday","Saturday"];function Oy(n){return n.slice(0,3)}var q2=Fy.map(Oy),$2=Uy.map(Oy),Y2={MMMM:Uy,MMM:$2,WWWW:Fy,WWW:q2};function Vl(n){return(n<10?"0":"")+n}function Z2(n){return(n<10?"00":n<100?"0":"")+n}var J2={YYYY:n=>n.getFullYear(),YY:n=>(n.getFullYear()+"").slice(2),MMMM:(n,t)=>t.MMMM[n.getMonth()],MMM:(n,t)=>t.MMM[n.getMonth()],MM:n=>Vl(n.getMonth()+1),M:n=>n.getMonth()+1,DD:n=>Vl(n.getDate()),D:n=>n.getDate(),WWWW:(n,t)=>t.WWWW[n.getDay()],WWW:(n,t)=>t.WWW[n.getDay()],HH:n=>Vl(n.getHours()),H:n=>n.getHours(),h:n=>{let t=n.getHours();return t==0?12:t>12?t-12:t},AA:n=>n.getHours()>=12?"PM":"AM",aa:n=>n.getHours()>=12?"pm":"am",a:n=>n.getHours()>=12?"p":"a",mm:n=>Vl(n.getMinutes()),m:n=>n.getMinutes(),ss:n=>Vl(n.getSeconds()),s:n=>n.getSeconds(),fff:n=>Z2(n.getMilliseconds())};function tm(n,t){t=t||Y2;let e=[],i=/\{([a-z]+)\}|[^{]+/gi,s;for(;s=i.exec(n);)e.push(s[0][0]=="{"?J2[s[1]]:s[0]);return r=>{let o="";for(let a=0;a<e.length;a++)o+=typeof e[a]=="string"?e[a]:e[a](r,t);return o}}var K2=new Intl.DateTimeFormat().resolvedOptions().timeZone;function j2(n,t){let e;return t=="UTC"||t=="Etc/UTC"?e=new Date(+n+n.getTimezoneOffset()*6e4):t==K2?e=n:(e=new Date(n.toLocaleString("en-US",{timeZone:t})),e.setMilliseconds(n.getMilliseconds())),e}var By=n=>n%1==0,Ku=[1,2,2.5,5],Q2=$l(10,-32,0,Ku),ky=$l(10,0,32,Ku),t3=ky.filter(By),to=Q2.concat(ky),em=`
`,zy="{YYYY}",sy=em+zy,Vy="{M}/{D}",Wl=em+Vy,qu=Wl+"/{YY}",Gy="{aa}",e3="{h}:{mm}",pa=e3+Gy,ry=em+pa,oy=":{ss}",Pe=null;function Hy(n){let t=n*1e3,e=t*60,i=e*60,s=i*24,r=s*30,o=s*365,c=(n==1?$l(10,0,3,Ku).filter(By):$l(10,-3,0,Ku)).concat([t,t*5,t*10,t*15,t*30,e,e*5,e*10,e*15,e*30,i,i*2,i*3,i*4,i*6,i*8,i*12,s,s*2,s*3,s*4,s*5,s*6,s*7,s*8,s*9,s*10,s*15,r,r*2,r*3,r*4,r*6,o,o*2,o*5,o*10,o*25,o*50,o*100]),l=[[o,zy,Pe,Pe,Pe,Pe,Pe,Pe,1],[s*28,"{MMM}",sy,Pe,Pe,Pe,Pe,Pe,1],[s,Vy,sy,Pe,Pe,Pe,Pe,Pe,1],[i,"{h}"+Gy,qu,Pe,Wl,Pe,Pe,Pe,1],[e,pa,qu,Pe,Wl,Pe,Pe,Pe,1],[t,oy,qu+" "+pa,Pe,Wl+" "+pa,Pe,ry,Pe,1],[n,oy+".{fff}",qu+" "+pa,Pe,Wl+" "+pa,Pe,ry,Pe,1]];function h(u){return(f,d,p,x,m,g)=>{let b=[],T=m>=o,v=m>=r&&m<o,R=u(p),E=ke(R*n,3),_=Dp(R.getFullYear(),T?0:R.getMonth(),v||T?1:R.getDate()),A=ke(_*n,3);if(v||T){let O=v?m/r:0,I=T?m/o:0,L=E==A?E:ke(Dp(_.getFullYear()+I,_.getMonth()+O,1)*n,3),B=new Date(bn(L/n)),V=B.getFullYear(),N=B.getMonth();for(let H=0;L<=x;H++){let Y=Dp(V+I*H,N+O*H,1),z=Y-u(ke(Y*n,3));L=ke((+Y+z)*n,3),L<=x&&b.push(L)}}else{let O=m>=s?s:m,I=wi(p)-wi(E),L=A+I+tf(E-A,O);b.push(L);let B=u(L),V=B.getHours()+B.getMinutes()/e+B.getSeconds()/i,N=m/i,H=f.axes[d]._space,Y=g/H;for(;L=ke(L+m,n==1?0:3),!(L>x);)if(N>1){let z=wi(ke(V+N,6))%24,j=u(L).getHours()-z;j>1&&(j=-1),L-=j*i,V=(V+N)%24;let st=b[b.length-1];ke((L-st)/m,3)*Y>=.7&&b.push(L)}else b.push(L)}return b}}return[c,l,h]}var[n3,i3,s3]=Hy(1),[r3,o3,a3]=Hy(.001);$l(2,-53,53,[1]);function ay(n,t){return n.map(e=>e.map((i,s)=>s==0||s==8||i==null?i:t(s==1||e[8]==0?i:e[1]+i)))}function ly(n,t){return(e,i,s,r,o)=>{let a=t.find(p=>o>=p[0])||t[t.length-1],c,l,h,u,f,d;return i.map(p=>{let x=n(p),m=x.getFullYear(),g=x.getMonth(),b=x.getDate(),T=x.getHours(),v=x.getMinutes(),R=x.getSeconds(),E=m!=c&&a[2]||g!=l&&a[3]||b!=h&&a[4]||T!=u&&a[5]||v!=f&&a[6]||R!=d&&a[7]||a[1];return c=m,l=g,h=b,u=T,f=v,d=R,E(x)})}}function l3(n,t){let e=tm(t);return(i,s,r,o,a)=>s.map(c=>e(n(c)))}function Dp(n,t,e){return new Date(n,t,e)}function cy(n,t){return t(n)}var c3="{YYYY}-{MM}-{DD} {h}:{mm}{aa}";function hy(n,t){return(e,i,s,r)=>r==null?Yp:t(n(i))}function h3(n,t){let e=n.series[t];return e.width?e.stroke(n,t):e.points.width?e.points.stroke(n,t):null}function u3(n,t){return n.series[t].fill(n,t)}var f3={show:!0,live:!0,isolate:!1,mount:I2,markers:{show:!0,width:2,stroke:h3,fill:u3,dash:"solid"},idx:null,idxs:null,values:[]};function d3(n,t){let e=n.cursor.points,i=Oi(),s=e.size(n,t);qe(i,Gl,s),qe(i,Hl,s);let r=s/-2;qe(i,"marginLeft",r),qe(i,"marginTop",r);let o=e.width(n,t,s);return o&&qe(i,"borderWidth",o),i}function p3(n,t){let e=n.series[t].points;return e._fill||e._stroke}function m3(n,t){let e=n.series[t].points;return e._stroke||e._fill}function g3(n,t){return n.series[t].points.size}var Up=[0,0];function x3(n,t,e){return Up[0]=t,Up[1]=e,Up}function $u(n,t,e,i=!0){return s=>{s.button==0&&(!i||s.target==t)&&e(s)}}function Fp(n,t,e,i=!0){return s=>{(!i||s.target==t)&&e(s)}}var _3={show:!0,x:!0,y:!0,lock:!1,move:x3,points:{one:!1,show:d3,size:g3,width:0,stroke:m3,fill:p3},bind:{mousedown:$u,mouseup:$u,click:$u,dblclick:$u,mousemove:Fp,mouseleave:Fp,mouseenter:Fp},drag:{setScale:!0,x:!0,y:!1,dist:0,uni:null,click:(n,t)=>{t.stopPropagation(),t.stopImmediatePropagation()},_x:!1,_y:!1},focus:{dist:(n,t,e,i,s)=>i-s,prox:-1,bias:0},hover:{skip:[void 0],prox:null,bias:0},left:-10,top:-10,idx:null,dataIdx:null,idxs:null,event:null},Wy={show:!0,stroke:"rgba(0,0,0,0.07)",width:2},nm=dn({},Wy,{filter:Py}),Xy=dn({},nm,{size:10}),qy=dn({},Wy,{show:!1}),im='12px system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, "Noto Sans", sans-serif, "Apple Color Emoji", "Segoe UI Emoji", "Segoe UI Symbol", "Noto Color Emoji"',$y="bold "+im,Yy=1.5,uy={show:!0,scale:"x",stroke:$p,space:50,gap:5,alignTo:1,size:50,labelGap:0,labelSize:30,labelFont:$y,side:2,grid:nm,ticks:Xy,border:qy,font:im,lineGap:Yy,rotate:0},y3="Value",b3="Time",fy={show:!0,scale:"x",auto:!1,sorted:1,min:Be,max:-Be,idxs:[]};function v3(n,t,e,i,s){return t.map(r=>r==null?"":jp(r))}function M3(n,t,e,i,s,r,o){let a=[],c=Ir.get(s)||0;e=o?e:ke(tf(e,s),c);for(let l=e;l<=i;l=ke(l+s,c))a.push(Object.is(l,-0)?0:l);return a}function Gp(n,t,e,i,s,r,o){let a=[],c=n.scales[n.axes[t].scale].log,l=c==10?Qs:Ty,h=wi(l(e));s=ga(c,h),c==10&&(s=to[ns(s,to)]);let u=e,f=s*c;c==10&&(f=to[ns(f,to)]);do a.push(u),u=u+s,c==10&&!Ir.has(u)&&(u=ke(u,Ir.get(s))),u>=f&&(s=u,f=s*c,c==10&&(f=to[ns(f,to)]));while(u<=i);return a}function S3(n,t,e,i,s,r,o){let c=n.scales[n.axes[t].scale].asinh,l=i>c?Gp(n,t,ni(c,e),i,s):[c],h=i>=0&&e<=0?[0]:[];return(e<-c?Gp(n,t,ni(c,-i),-e,s):[c]).reverse().map(f=>-f).concat(h,l)}var Zy=/./,w3=/[12357]/,A3=/[125]/,dy=/1/,Hp=(n,t,e,i)=>n.map((s,r)=>t==4&&s==0||r%i==0&&e.test(s.toExponential()[s<0?1:0])?s:null);function E3(n,t,e,i,s){let r=n.axes[e],o=r.scale,a=n.scales[o],c=n.valToPos,l=r._space,h=c(10,o),u=c(9,o)-h>=l?Zy:c(7,o)-h>=l?w3:c(5,o)-h>=l?A3:dy;if(u==dy){let f=vn(c(1,o)-h);if(f<l)return Hp(t.slice().reverse(),a.distr,u,Bi(l/f)).reverse()}return Hp(t,a.distr,u,1)}function T3(n,t,e,i,s){let r=n.axes[e],o=r.scale,a=r._space,c=n.valToPos,l=vn(c(1,o)-c(2,o));return l<a?Hp(t.slice().reverse(),3,Zy,Bi(a/l)).reverse():t}function R3(n,t,e,i){return i==null?Yp:t==null?"":jp(t)}var py={show:!0,scale:"y",stroke:$p,space:30,gap:5,alignTo:1,size:50,labelGap:0,labelSize:30,labelFont:$y,side:3,grid:nm,ticks:Xy,border:qy,font:im,lineGap:Yy,rotate:0};function C3(n,t){let e=3+(n||1)*2;return ke(e*t,3)}function P3(n,t){let{scale:e,idxs:i}=n.series[0],s=n._data[0],r=n.valToPos(s[i[0]],e,!0),o=n.valToPos(s[i[1]],e,!0),a=vn(o-r),c=n.series[t],l=a/(c.points.space*Te);return i[1]-i[0]<=l}var my={scale:null,auto:!0,sorted:0,min:Be,max:-Be},Jy=(n,t,e,i,s)=>s,gy={show:!0,auto:!0,sorted:0,gaps:Jy,alpha:1,facets:[dn({},my,{scale:"x"}),dn({},my,{scale:"y"})]},xy={scale:"y",auto:!0,sorted:0,show:!0,spanGaps:!1,gaps:Jy,alpha:1,points:{show:P3,filter:null},values:null,min:Be,max:-Be,idxs:[],path:null,clip:null};function I3(n,t,e,i,s){return e/10}var Ky={time:!0,auto:!0,distr:1,log:10,asinh:1,min:null,max:null,dir:1,ori:0},L3=dn({},Ky,{time:!1,ori:1}),_y={};function jy(n,t){let e=_y[n];return e||(e={key:n,plots:[],sub(i){e.plots.push(i)},unsub(i){e.plots=e.plots.filter(s=>s!=i)},pub(i,s,r,o,a,c,l){for(let h=0;h<e.plots.length;h++)e.plots[h]!=s&&e.plots[h].pub(i,s,r,o,a,c,l)}},n!=null&&(_y[n]=e)),e}var ya=1,Wp=2;function so(n,t,e){let i=n.mode,s=n.series[t],r=i==2?n._data[t]:n._data,o=n.scales,a=n.bbox,c=r[0],l=i==2?r[1]:r[t],h=i==2?o[s.facets[0].scale]:o[n.series[0].scale],u=i==2?o[s.facets[1].scale]:o[s.scale],f=a.left,d=a.top,p=a.width,x=a.height,m=n.valToPosH,g=n.valToPosV;return h.ori==0?e(s,c,l,h,u,m,g,f,d,p,x,sf,va,of,tb,nb):e(s,c,l,h,u,g,m,d,f,x,p,rf,Ma,om,eb,ib)}function sm(n,t){let e=0,i=0,s=we(n.bands,Qp);for(let r=0;r<s.length;r++){let o=s[r];o.series[0]==t?e=o.dir:o.series[1]==t&&(o.dir==1?i|=1:i|=2)}return[e,i==1?-1:i==2?1:i==3?2:0]}function N3(n,t,e,i,s){let r=n.mode,o=n.series[t],a=r==2?o.facets[1].scale:o.scale,c=n.scales[a];return s==-1?c.min:s==1?c.max:c.distr==3?c.dir==1?c.min:c.max:0}function tr(n,t,e,i,s,r){return so(n,t,(o,a,c,l,h,u,f,d,p,x,m)=>{let g=o.pxRound,b=l.dir*(l.ori==0?1:-1),T=l.ori==0?va:Ma,v,R;b==1?(v=e,R=i):(v=i,R=e);let E=g(u(a[v],l,x,d)),_=g(f(c[v],h,m,p)),A=g(u(a[R],l,x,d)),O=g(f(r==1?h.max:h.min,h,m,p)),I=new Path2D(s);return T(I,A,O),T(I,E,O),T(I,E,_),I})}function nf(n,t,e,i,s,r){let o=null;if(n.length>0){o=new Path2D;let a=t==0?of:om,c=e;for(let u=0;u<n.length;u++){let f=n[u];if(f[1]>f[0]){let d=f[0]-c;d>0&&a(o,c,i,d,i+r),c=f[1]}}let l=e+s-c,h=10;l>0&&a(o,c,i-h/2,l,i+r+h)}return o}function D3(n,t,e){let i=n[n.length-1];i&&i[0]==t?i[1]=e:n.push([t,e])}function rm(n,t,e,i,s,r,o){let a=[],c=n.length;for(let l=s==1?e:i;l>=e&&l<=i;l+=s)if(t[l]===null){let u=l,f=l;if(s==1)for(;++l<=i&&t[l]===null;)f=l;else for(;--l>=e&&t[l]===null;)f=l;let d=r(n[u]),p=f==u?d:r(n[f]),x=u-s;d=o<=0&&x>=0&&x<c?r(n[x]):d;let g=f+s;p=o>=0&&g>=0&&g<c?r(n[g]):p,p>=d&&a.push([d,p])}return a}function yy(n){return n==0?Cy:n==1?bn:t=>Qr(t,n)}function Qy(n){let t=n==0?sf:rf,e=n==0?(s,r,o,a,c,l)=>{s.arcTo(r,o,a,c,l)}:(s,r,o,a,c,l)=>{s.arcTo(o,r,c,a,l)},i=n==0?(s,r,o,a,c)=>{s.rect(r,o,a,c)}:(s,r,o,a,c)=>{s.rect(o,r,c,a)};return(s,r,o,a,c,l=0,h=0)=>{l==0&&h==0?i(s,r,o,a,c):(l=is(l,a/2,c/2),h=is(h,a/2,c/2),t(s,r+l,o),e(s,r+a,o,r+a,o+c,l),e(s,r+a,o+c,r,o+c,h),e(s,r,o+c,r,o,h),e(s,r,o,r+a,o,l),s.closePath())}}var sf=(n,t,e)=>{n.moveTo(t,e)},rf=(n,t,e)=>{n.moveTo(e,t)},va=(n,t,e)=>{n.lineTo(t,e)},Ma=(n,t,e)=>{n.lineTo(e,t)},of=Qy(0),om=Qy(1),tb=(n,t,e,i,s,r)=>{n.arc(t,e,i,s,r)},eb=(n,t,e,i,s,r)=>{n.arc(e,t,i,s,r)},nb=(n,t,e,i,s,r,o)=>{n.bezierCurveTo(t,e,i,s,r,o)},ib=(n,t,e,i,s,r,o)=>{n.bezierCurveTo(e,t,s,i,o,r)};function sb(n){return(t,e,i,s,r)=>so(t,e,(o,a,c,l,h,u,f,d,p,x,m)=>{let{pxRound:g,points:b}=o,T,v;l.ori==0?(T=sf,v=tb):(T=rf,v=eb);let R=ke(b.width*Te,3),E=(b.size-b.width)/2*Te,_=ke(E*2,3),A=new Path2D,O=new Path2D,{left:I,top:L,width:B,height:V}=t.bbox;of(O,I-_,L-_,B+_*2,V+_*2);let N=H=>{if(c[H]!=null){let Y=g(u(a[H],l,x,d)),z=g(f(c[H],h,m,p));T(A,Y+E,z),v(A,Y,z,E,0,Yu*2)}};if(r)r.forEach(N);else for(let H=i;H<=s;H++)N(H);return{stroke:R>0?A:null,fill:A,clip:O,flags:ya|Wp}})}function rb(n){return(t,e,i,s,r,o)=>{i!=s&&(r!=i&&o!=i&&n(t,e,i),r!=s&&o!=s&&n(t,e,s),n(t,e,o))}}var U3=rb(va),F3=rb(Ma);function ob(n){let t=we(n?.alignGaps,0);return(e,i,s,r)=>so(e,i,(o,a,c,l,h,u,f,d,p,x,m)=>{[s,r]=ju(c,s,r);let g=o.pxRound,b=V=>g(u(V,l,x,d)),T=V=>g(f(V,h,m,p)),v,R;l.ori==0?(v=va,R=U3):(v=Ma,R=F3);let E=l.dir*(l.ori==0?1:-1),_={stroke:new Path2D,fill:null,clip:null,band:null,gaps:null,flags:ya},A=_.stroke,O=!1;if(r-s>=x*4){let V=ut=>e.posToVal(ut,l.key,!0),N=null,H=null,Y,z,at,Z=b(a[E==1?s:r]),j=b(a[s]),st=b(a[r]),ft=V(E==1?j+1:st-1);for(let ut=E==1?s:r;ut>=s&&ut<=r;ut+=E){let tt=a[ut],_t=(E==1?tt<ft:tt>ft)?Z:b(tt),Tt=c[ut];_t==Z?Tt!=null?(z=Tt,N==null?(v(A,_t,T(z)),Y=N=H=z):z<N?N=z:z>H&&(H=z)):Tt===null&&(O=!0):(N!=null&&R(A,Z,T(N),T(H),T(Y),T(z)),Tt!=null?(z=Tt,v(A,_t,T(z)),N=H=Y=z):(N=H=null,Tt===null&&(O=!0)),Z=_t,ft=V(Z+E))}N!=null&&N!=H&&at!=Z&&R(A,Z,T(N),T(H),T(Y),T(z))}else for(let V=E==1?s:r;V>=s&&V<=r;V+=E){let N=c[V];N===null?O=!0:N!=null&&v(A,b(a[V]),T(N))}let[L,B]=sm(e,i);if(o.fill!=null||L!=0){let V=_.fill=new Path2D(A),N=o.fillTo(e,i,o.min,o.max,L),H=T(N),Y=b(a[s]),z=b(a[r]);E==-1&&([z,Y]=[Y,z]),v(V,z,H),v(V,Y,H)}if(!o.spanGaps){let V=[];O&&V.push(...rm(a,c,s,r,E,b,t)),_.gaps=V=o.gaps(e,i,s,r,V),_.clip=nf(V,l.ori,d,p,x,m)}return B!=0&&(_.band=B==2?[tr(e,i,s,r,A,-1),tr(e,i,s,r,A,1)]:tr(e,i,s,r,A,B)),_})}function O3(n){let t=we(n.align,1),e=we(n.ascDesc,!1),i=we(n.alignGaps,0),s=we(n.extend,!1);return(r,o,a,c)=>so(r,o,(l,h,u,f,d,p,x,m,g,b,T)=>{[a,c]=ju(u,a,c);let v=l.pxRound,{left:R,width:E}=r.bbox,_=j=>v(p(j,f,b,m)),A=j=>v(x(j,d,T,g)),O=f.ori==0?va:Ma,I={stroke:new Path2D,fill:null,clip:null,band:null,gaps:null,flags:ya},L=I.stroke,B=f.dir*(f.ori==0?1:-1),V=A(u[B==1?a:c]),N=_(h[B==1?a:c]),H=N,Y=N;s&&t==-1&&(Y=R,O(L,Y,V)),O(L,N,V);for(let j=B==1?a:c;j>=a&&j<=c;j+=B){let st=u[j];if(st==null)continue;let ft=_(h[j]),ut=A(st);t==1?O(L,ft,V):O(L,H,ut),O(L,ft,ut),V=ut,H=ft}let z=H;s&&t==1&&(z=R+E,O(L,z,V));let[at,Z]=sm(r,o);if(l.fill!=null||at!=0){let j=I.fill=new Path2D(L),st=l.fillTo(r,o,l.min,l.max,at),ft=A(st);O(j,z,ft),O(j,Y,ft)}if(!l.spanGaps){let j=[];j.push(...rm(h,u,a,c,B,_,i));let st=l.width*Te/2,ft=e||t==1?st:-st,ut=e||t==-1?-st:st;j.forEach(tt=>{tt[0]+=ft,tt[1]+=ut}),I.gaps=j=l.gaps(r,o,a,c,j),I.clip=nf(j,f.ori,m,g,b,T)}return Z!=0&&(I.band=Z==2?[tr(r,o,a,c,L,-1),tr(r,o,a,c,L,1)]:tr(r,o,a,c,L,Z)),I})}function by(n,t,e,i,s,r,o=Be){if(n.length>1){let a=null;for(let c=0,l=1/0;c<n.length;c++)if(t[c]!==void 0){if(a!=null){let h=vn(n[c]-n[a]);h<l&&(l=h,o=vn(e(n[c],i,s,r)-e(n[a],i,s,r)))}a=c}}return o}function B3(n){n=n||ql;let t=we(n.size,[.6,Be,1]),e=n.align||0,i=n.gap||0,s=n.radius;s=s==null?[0,0]:typeof s=="number"?[s,0]:s;let r=ye(s),o=1-t[0],a=we(t[1],Be),c=we(t[2],1),l=we(n.disp,ql),h=we(n.each,d=>{}),{fill:u,stroke:f}=l;return(d,p,x,m)=>so(d,p,(g,b,T,v,R,E,_,A,O,I,L)=>{let B=g.pxRound,V=e,N=i*Te,H=a*Te,Y=c*Te,z,at;v.ori==0?[z,at]=r(d,p):[at,z]=r(d,p);let Z=v.dir*(v.ori==0?1:-1),j=v.ori==0?of:om,st=v.ori==0?h:(Ct,$t,re,St,Fe,zt,Xt)=>{h(Ct,$t,re,Fe,St,Xt,zt)},ft=we(d.bands,Qp).find(Ct=>Ct.series[0]==p),ut=ft!=null?ft.dir:0,tt=g.fillTo(d,p,g.min,g.max,ut),mt=B(_(tt,R,L,O)),_t,Tt,Mt,Ht=I,se=B(g.width*Te),Vt=!1,de=null,he=null,ne=null,$e=null;u!=null&&(se==0||f!=null)&&(Vt=!0,de=u.values(d,p,x,m),he=new Map,new Set(de).forEach(Ct=>{Ct!=null&&he.set(Ct,new Path2D)}),se>0&&(ne=f.values(d,p,x,m),$e=new Map,new Set(ne).forEach(Ct=>{Ct!=null&&$e.set(Ct,new Path2D)})));let{x0:ze,size:on}=l;if(ze!=null&&on!=null){V=1,b=ze.values(d,p,x,m),ze.unit==2&&(b=b.map(re=>d.posToVal(A+re*I,v.key,!0)));let Ct=on.values(d,p,x,m);on.unit==2?Tt=Ct[0]*I:Tt=E(Ct[0],v,I,A)-E(0,v,I,A),Ht=by(b,T,E,v,I,A,Ht),Mt=Ht-Tt+N}else Ht=by(b,T,E,v,I,A,Ht),Mt=Ht*o+N,Tt=Ht-Mt;Mt<1&&(Mt=0),se>=Tt/2&&(se=0),Mt<5&&(B=Cy);let De=Mt>0,Mn=Ht-Mt-(De?se:0);Tt=B(Vp(Mn,Y,H)),_t=(V==0?Tt/2:V==Z?0:Tt)-V*Z*((V==0?N/2:0)+(De?se/2:0));let be={stroke:null,fill:null,clip:null,band:null,gaps:null,flags:0},pn=Vt?null:new Path2D,Ke=null;if(ft!=null)Ke=d.data[ft.series[1]];else{let{y0:Ct,y1:$t}=l;Ct!=null&&$t!=null&&(T=$t.values(d,p,x,m),Ke=Ct.values(d,p,x,m))}let an=z*Tt,F=at*Tt;for(let Ct=Z==1?x:m;Ct>=x&&Ct<=m;Ct+=Z){let $t=T[Ct];if($t==null)continue;if(Ke!=null){let X=Ke[Ct]??0;if($t-X==0)continue;mt=_(X,R,L,O)}let re=v.distr!=2||l!=null?b[Ct]:Ct,St=E(re,v,I,A),Fe=_(we($t,tt),R,L,O),zt=B(St-_t),Xt=B(ni(Fe,mt)),C=B(is(Fe,mt)),M=Xt-C;if($t!=null){let X=$t<0?F:an,ht=$t<0?an:F;Vt?(se>0&&ne[Ct]!=null&&j($e.get(ne[Ct]),zt,C+wi(se/2),Tt,ni(0,M-se),X,ht),de[Ct]!=null&&j(he.get(de[Ct]),zt,C+wi(se/2),Tt,ni(0,M-se),X,ht)):j(pn,zt,C+wi(se/2),Tt,ni(0,M-se),X,ht),st(d,p,Ct,zt-se/2,C,Tt+se,M)}}return se>0?be.stroke=Vt?$e:pn:Vt||(be._fill=g.width==0?g._fill:g._stroke??g._fill,be.width=0),be.fill=Vt?he:pn,be})}function k3(n,t){let e=we(t?.alignGaps,0);return(i,s,r,o)=>so(i,s,(a,c,l,h,u,f,d,p,x,m,g)=>{[r,o]=ju(l,r,o);let b=a.pxRound,T=z=>b(f(z,h,m,p)),v=z=>b(d(z,u,g,x)),R,E,_;h.ori==0?(R=sf,_=va,E=nb):(R=rf,_=Ma,E=ib);let A=h.dir*(h.ori==0?1:-1),O=T(c[A==1?r:o]),I=O,L=[],B=[];for(let z=A==1?r:o;z>=r&&z<=o;z+=A)if(l[z]!=null){let Z=c[z],j=T(Z);L.push(I=j),B.push(v(l[z]))}let V={stroke:n(L,B,R,_,E,b),fill:null,clip:null,band:null,gaps:null,flags:ya},N=V.stroke,[H,Y]=sm(i,s);if(a.fill!=null||H!=0){let z=V.fill=new Path2D(N),at=a.fillTo(i,s,a.min,a.max,H),Z=v(at);_(z,I,Z),_(z,O,Z)}if(!a.spanGaps){let z=[];z.push(...rm(c,l,r,o,A,T,e)),V.gaps=z=a.gaps(i,s,r,o,z),V.clip=nf(z,h.ori,p,x,m,g)}return Y!=0&&(V.band=Y==2?[tr(i,s,r,o,N,-1),tr(i,s,r,o,N,1)]:tr(i,s,r,o,N,Y)),V})}function z3(n){return k3(V3,n)}function V3(n,t,e,i,s,r){let o=n.length;if(o<2)return null;let a=new Path2D;if(e(a,n[0],t[0]),o==2)i(a,n[1],t[1]);else{let c=Array(o),l=Array(o-1),h=Array(o-1),u=Array(o-1);for(let f=0;f<o-1;f++)h[f]=t[f+1]-t[f],u[f]=n[f+1]-n[f],l[f]=h[f]/u[f];c[0]=l[0];for(let f=1;f<o-1;f++)l[f]===0||l[f-1]===0||l[f-1]>0!=l[f]>0?c[f]=0:(c[f]=3*(u[f-1]+u[f])/((2*u[f]+u[f-1])/l[f-1]+(u[f]+2*u[f-1])/l[f]),isFinite(c[f])||(c[f]=0));c[o-1]=l[o-2];for(let f=0;f<o-1;f++)s(a,n[f]+u[f]/3,t[f]+c[f]*u[f]/3,n[f+1]-u[f]/3,t[f+1]-c[f+1]*u[f]/3,n[f+1],t[f+1])}return a}var Xp=new Set;function vy(){for(let n of Xp)n.syncRect(!0)}ba&&(no(v2,ma,vy),no(M2,ma,vy,!0),no(Zu,ma,()=>{Un.pxRatio=Te}));var G3=ob(),H3=sb();function My(n,t,e,i){return(i?[n[0],n[1]].concat(n.slice(2)):[n[0]].concat(n.slice(1))).map((r,o)=>qp(r,o,t,e))}function W3(n,t){return n.map((e,i)=>i==0?{}:dn({},t,e))}function qp(n,t,e,i){return dn({},t==0?e:i,n)}function ab(n,t,e){return t==null?xa:[t,e]}var X3=ab;function q3(n,t,e){return t==null?xa:Ju(t,e,Kp,!0)}function lb(n,t,e,i){return t==null?xa:Qu(t,e,n.scales[i].log,!1)}var $3=lb;function cb(n,t,e,i){return t==null?xa:Jp(t,e,n.scales[i].log,!1)}var Y3=cb;function Z3(n,t,e,i,s){let r=ni(ty(n),ty(t)),o=t-n,a=ns(s/i*o,e);do{let c=e[a],l=i*c/o;if(l>=s&&r+(c<5?Ir.get(c):0)<=17)return[c,l]}while(++a<e.length);return[0,0]}function Sy(n){let t,e;return n=n.replace(/(\d+)px/,(i,s)=>(t=bn((e=+s)*Te))+"px"),[n,t,e]}function J3(n){n.show&&[n.font,n.labelFont].forEach(t=>{let e=ke(t[2]*Te,1);t[0]=t[0].replace(/[0-9.]+px/,e+"px"),t[1]=e})}function Un(n,t,e){let i={mode:we(n.mode,1)},s=i.mode;function r(y,S,P,D){let G=S.valToPct(y);return D+P*(S.dir==-1?1-G:G)}function o(y,S,P,D){let G=S.valToPct(y);return D+P*(S.dir==-1?G:1-G)}function a(y,S,P,D){return S.ori==0?r(y,S,P,D):o(y,S,P,D)}i.valToPosH=r,i.valToPosV=o;let c=!1;i.status=0;let l=i.root=Oi(i2);if(n.id!=null&&(l.id=n.id),Si(l,n.class),n.title){let y=Oi(o2,l);y.textContent=n.title}let h=es("canvas"),u=i.ctx=h.getContext("2d"),f=Oi(a2,l);no("click",f,y=>{y.target===p&&(Ge!=uo||Ye!=fo)&&In.click(i,y)},!0);let d=i.under=Oi(l2,f);f.appendChild(h);let p=i.over=Oi(c2,f);n=_a(n);let x=+we(n.pxAlign,1),m=yy(x);(n.plugins||[]).forEach(y=>{y.opts&&(n=y.opts(i,n)||n)});let g=n.ms||.001,b=i.series=s==1?My(n.series||[],fy,xy,!1):W3(n.series||[null],gy),T=i.axes=My(n.axes||[],uy,py,!0),v=i.scales={},R=i.bands=n.bands||[];R.forEach(y=>{y.fill=ye(y.fill||null),y.dir=we(y.dir,-1)});let E=s==2?b[1].facets[0].scale:b[0].scale,_={axes:Is,series:me},A=(n.drawOrder||["axes","series"]).map(y=>_[y]);function O(y){let S=y.distr==3?P=>Qs(P>0?P:y.clamp(i,P,y.min,y.max,y.key)):y.distr==4?P=>Np(P,y.asinh):y.distr==100?P=>y.fwd(P):P=>P;return P=>{let D=S(P),{_min:G,_max:K}=y,lt=K-G;return(D-G)/lt}}function I(y){let S=v[y];if(S==null){let P=(n.scales||ql)[y]||ql;if(P.from!=null){I(P.from);let D=dn({},v[P.from],P,{key:y});D.valToPct=O(D),v[y]=D}else{S=v[y]=dn({},y==E?Ky:L3,P),S.key=y;let D=S.time,G=S.range,K=Pr(G);if((y!=E||s==2&&!D)&&(K&&(G[0]==null||G[1]==null)&&(G={min:G[0]==null?K_:{mode:1,hard:G[0],soft:G[0]},max:G[1]==null?K_:{mode:1,hard:G[1],soft:G[1]}},K=!1),!K&&ef(G))){let lt=G;G=(dt,bt,Nt)=>bt==null?xa:Ju(bt,Nt,lt)}S.range=ye(G||(D?X3:y==E?S.distr==3?$3:S.distr==4?Y3:ab:S.distr==3?lb:S.distr==4?cb:q3)),S.auto=ye(K?!1:S.auto),S.clamp=ye(S.clamp||I3),S._min=S._max=null,S.valToPct=O(S)}}}I("x"),I("y"),s==1&&b.forEach(y=>{I(y.scale)}),T.forEach(y=>{I(y.scale)});for(let y in n.scales)I(y);let L=v[E],B=L.distr,V,N;L.ori==0?(Si(l,s2),V=r,N=o):(Si(l,r2),V=o,N=r);let H={};for(let y in v){let S=v[y];(S.min!=null||S.max!=null)&&(H[y]={min:S.min,max:S.max},S.min=S.max=null)}let Y=n.tzDate||(y=>new Date(bn(y/g))),z=n.fmtDate||tm,at=g==1?s3(Y):a3(Y),Z=ly(Y,ay(g==1?i3:o3,z)),j=hy(Y,cy(c3,z)),st=[],ft=i.legend=dn({},f3,n.legend),ut=i.cursor=dn({},_3,{drag:{y:s==2}},n.cursor),tt=ft.show,mt=ut.show,_t=ft.markers;ft.idxs=st,_t.width=ye(_t.width),_t.dash=ye(_t.dash),_t.stroke=ye(_t.stroke),_t.fill=ye(_t.fill);let Tt,Mt,Ht,se=[],Vt=[],de,he=!1,ne={};if(ft.live){let y=b[1]?b[1].values:null;he=y!=null,de=he?y(i,1,0):{_:0};for(let S in de)ne[S]=Yp}if(tt)if(Tt=es("table",m2,l),Ht=es("tbody",null,Tt),ft.mount(i,Tt),he){Mt=es("thead",null,Tt,Ht);let y=es("tr",null,Mt);es("th",null,y);for(var $e in de)es("th",B_,y).textContent=$e}else Si(Tt,x2),ft.live&&Si(Tt,g2);let ze={show:!0},on={show:!1};function De(y,S){if(S==0&&(he||!ft.live||s==2))return xa;let P=[],D=es("tr",_2,Ht,Ht.childNodes[S]);Si(D,y.class),y.show||Si(D,eo);let G=es("th",null,D);if(_t.show){let dt=Oi(y2,G);if(S>0){let bt=_t.width(i,S);bt&&(dt.style.border=bt+"px "+_t.dash(i,S)+" "+_t.stroke(i,S)),dt.style.background=_t.fill(i,S)}}let K=Oi(B_,G);y.label instanceof HTMLElement?K.appendChild(y.label):K.textContent=y.label,S>0&&(_t.show||(K.style.color=y.width>0?_t.stroke(i,S):_t.fill(i,S)),be("click",G,dt=>{if(ut._lock)return;Jt(dt);let bt=b.indexOf(y);if((dt.ctrlKey||dt.metaKey)!=ft.isolate){let Nt=b.some((Dt,Ft)=>Ft>0&&Ft!=bt&&Dt.show);b.forEach((Dt,Ft)=>{Ft>0&&as(Ft,Nt?Ft==bt?ze:on:ze,!0,un.setSeries)})}else as(bt,{show:!y.show},!0,un.setSeries)},!1),Kt&&be(G_,G,dt=>{ut._lock||(Jt(dt),as(b.indexOf(y),mo,!0,un.setSeries))},!1));for(var lt in de){let dt=es("td",b2,D);dt.textContent="--",P.push(dt)}return[D,P]}let Mn=new Map;function be(y,S,P,D=!0){let G=Mn.get(S)||{},K=ut.bind[y](i,S,P,D);K&&(no(y,S,G[y]=K),Mn.set(S,G))}function pn(y,S,P){let D=Mn.get(S)||{};for(let G in D)(y==null||G==y)&&(zp(G,S,D[G]),delete D[G]);y==null&&Mn.delete(S)}let Ke=0,an=0,F=0,Ct=0,$t=0,re=0,St=$t,Fe=re,zt=F,Xt=Ct,C=0,M=0,X=0,ht=0;i.bbox={};let ot=!1,xt=!1,yt=!1,et=!1,it=!1,pt=!1;function U(y,S,P){(P||y!=i.width||S!=i.height)&&rt(y,S),ue(!1),yt=!0,xt=!0,Fn()}function rt(y,S){i.width=Ke=F=y,i.height=an=Ct=S,$t=re=0,vt(),Gt();let P=i.bbox;C=P.left=Qr($t*Te,.5),M=P.top=Qr(re*Te,.5),X=P.width=Qr(F*Te,.5),ht=P.height=Qr(Ct*Te,.5)}let nt=3;function wt(){let y=!1,S=0;for(;!y;){S++;let P=lo(S),D=os(S);y=S==nt||P&&D,y||(rt(i.width,i.height),xt=!0)}}function gt({width:y,height:S}){U(y,S)}i.setSize=gt;function vt(){let y=!1,S=!1,P=!1,D=!1;T.forEach((G,K)=>{if(G.show&&G._show){let{side:lt,_size:dt}=G,bt=lt%2,Nt=G.label!=null?G.labelSize:0,Dt=dt+Nt;Dt>0&&(bt?(F-=Dt,lt==3?($t+=Dt,D=!0):P=!0):(Ct-=Dt,lt==0?(re+=Dt,y=!0):S=!0))}}),ss[0]=y,ss[1]=P,ss[2]=S,ss[3]=D,F-=ki[1]+ki[3],$t+=ki[3],Ct-=ki[2]+ki[0],re+=ki[0]}function Gt(){let y=$t+F,S=re+Ct,P=$t,D=re;function G(K,lt){switch(K){case 1:return y+=lt,y-lt;case 2:return S+=lt,S-lt;case 3:return P-=lt,P+lt;case 0:return D-=lt,D+lt}}T.forEach((K,lt)=>{if(K.show&&K._show){let dt=K.side;K._pos=G(dt,K._size),K.label!=null&&(K._lpos=G(dt,K.labelSize))}})}if(ut.dataIdx==null){let y=ut.hover,S=y.skip=new Set(y.skip??[]);S.add(void 0);let P=y.prox=ye(y.prox),D=y.bias??=0;ut.dataIdx=(G,K,lt,dt)=>{if(K==0)return lt;let bt=lt,Nt=P(G,K,lt,dt)??Be,Dt=Nt>=0&&Nt<Be,Ft=L.ori==0?F:Ct,ie=ut.left,Ae=t[0],Se=t[K];if(S.has(Se[lt])){bt=null;let ge=null,Zt=null,Wt;if(D==0||D==-1)for(Wt=lt;ge==null&&Wt-- >0;)S.has(Se[Wt])||(ge=Wt);if(D==0||D==1)for(Wt=lt;Zt==null&&Wt++<Se.length;)S.has(Se[Wt])||(Zt=Wt);if(ge!=null||Zt!=null)if(Dt){let We=ge==null?-1/0:V(Ae[ge],L,Ft,0),tn=Zt==null?1/0:V(Ae[Zt],L,Ft,0),En=ie-We,Ue=tn-ie;En<=Ue?En<=Nt&&(bt=ge):Ue<=Nt&&(bt=Zt)}else bt=Zt==null?ge:ge==null?Zt:lt-ge<=Zt-lt?ge:Zt}else Dt&&vn(ie-V(Ae[lt],L,Ft,0))>Nt&&(bt=null);return bt}}let Jt=y=>{ut.event=y};ut.idxs=st,ut._lock=!1;let ct=ut.points;ct.show=ye(ct.show),ct.size=ye(ct.size),ct.stroke=ye(ct.stroke),ct.width=ye(ct.width),ct.fill=ye(ct.fill);let Ot=i.focus=dn({},n.focus||{alpha:.3},ut.focus),Kt=Ot.prox>=0,Rt=Kt&&ct.one,le=[],Ve=[],Gn=[];function wa(y,S){let P=ct.show(i,S);if(P instanceof HTMLElement)return Si(P,p2),Si(P,y.class),As(P,-10,-10,F,Ct),p.insertBefore(P,le[S]),P}function ro(y,S){if(s==1||S>0){let P=s==1&&v[y.scale].time,D=y.value;y.value=P?iy(D)?hy(Y,cy(D,z)):D||j:D||R3,y.label=y.label||(P?b3:y3)}if(Rt||S>0){y.width=y.width==null?1:y.width,y.paths=y.paths||G3||L2,y.fillTo=ye(y.fillTo||N3),y.pxAlign=+we(y.pxAlign,x),y.pxRound=yy(y.pxAlign),y.stroke=ye(y.stroke||null),y.fill=ye(y.fill||null),y._stroke=y._fill=y._paths=y._focus=null;let P=C3(ni(1,y.width),1),D=y.points=dn({},{size:P,width:ni(1,P*.2),stroke:y.stroke,space:P*2,paths:H3,_stroke:null,_fill:null},y.points);D.show=ye(D.show),D.filter=ye(D.filter),D.fill=ye(D.fill),D.stroke=ye(D.stroke),D.paths=ye(D.paths),D.pxAlign=y.pxAlign}if(tt){let P=De(y,S);se.splice(S,0,P[0]),Vt.splice(S,0,P[1]),ft.values.push(null)}if(mt){st.splice(S,0,null);let P=null;Rt?S==0&&(P=wa(y,S)):S>0&&(P=wa(y,S)),le.splice(S,0,P),Ve.splice(S,0,0),Gn.splice(S,0,0)}An("addSeries",S)}function ff(y,S){S=S??b.length,y=s==1?qp(y,S,fy,xy):qp(y,S,{},gy),b.splice(S,0,y),ro(b[S],S)}i.addSeries=ff;function Kl(y){if(b.splice(y,1),tt){ft.values.splice(y,1),Vt.splice(y,1);let S=se.splice(y,1)[0];pn(null,S.firstChild),S.remove()}mt&&(st.splice(y,1),le.splice(y,1)[0].remove(),Ve.splice(y,1),Gn.splice(y,1)),An("delSeries",y)}i.delSeries=Kl;let ss=[!1,!1,!1,!1];function Rs(y,S){if(y._show=y.show,y.show){let P=y.side%2,D=v[y.scale];D==null&&(y.scale=P?b[1].scale:E,D=v[y.scale]);let G=D.time;y.size=ye(y.size),y.space=ye(y.space),y.rotate=ye(y.rotate),Pr(y.incrs)&&y.incrs.forEach(lt=>{!Ir.has(lt)&&Ir.set(lt,Ly(lt))}),y.incrs=ye(y.incrs||(D.distr==2?t3:G?g==1?n3:r3:to)),y.splits=ye(y.splits||(G&&D.distr==1?at:D.distr==3?Gp:D.distr==4?S3:M3)),y.stroke=ye(y.stroke),y.grid.stroke=ye(y.grid.stroke),y.ticks.stroke=ye(y.ticks.stroke),y.border.stroke=ye(y.border.stroke);let K=y.values;y.values=Pr(K)&&!Pr(K[0])?ye(K):G?Pr(K)?ly(Y,ay(K,z)):iy(K)?l3(Y,K):K||Z:K||v3,y.filter=ye(y.filter||(D.distr>=3&&D.log==10?E3:D.distr==3&&D.log==2?T3:Py)),y.font=Sy(y.font),y.labelFont=Sy(y.labelFont),y._size=y.size(i,null,S,0),y._space=y._rotate=y._incrs=y._found=y._splits=y._values=null,y._size>0&&(ss[S]=!0,y._el=Oi(h2,f))}}function Cs(y,S,P,D){let[G,K,lt,dt]=P,bt=S%2,Nt=0;return bt==0&&(dt||K)&&(Nt=S==0&&!G||S==2&&!lt?bn(uy.size/3):0),bt==1&&(G||lt)&&(Nt=S==1&&!K||S==3&&!dt?bn(py.size/2):0),Nt}let Aa=i.padding=(n.padding||[Cs,Cs,Cs,Cs]).map(y=>ye(we(y,Cs))),ki=i._padding=Aa.map((y,S)=>y(i,S,ss,0)),je,nn=null,sn=null,rs=s==1?b[0].idxs:null,ci=null,er=!1;function Ea(y,S){if(t=y??[],i.data=i._data=t,s==2){je=0;for(let P=1;P<b.length;P++)je+=t[P][0].length}else{t.length==0&&(i.data=i._data=t=[[]]),ci=t[0],je=ci.length;let P=t;if(B==2){P=t.slice();let D=P[0]=Array(je);for(let G=0;G<je;G++)D[G]=G}i._data=t=P}if(ue(!0),An("setData"),B==2&&(yt=!0),S!==!1){let P=L;P.auto(i,er)?Ta():sr(E,P.min,P.max),et=et||ut.left>=0,pt=!0,Fn()}}i.setData=Ea;function Ta(){er=!0;let y,S;s==1&&(je>0?(nn=rs[0]=0,sn=rs[1]=je-1,y=t[0][nn],S=t[0][sn],B==2?(y=nn,S=sn):y==S&&(B==3?[y,S]=Qu(y,y,L.log,!1):B==4?[y,S]=Jp(y,y,L.log,!1):L.time?S=y+bn(86400/g):[y,S]=Ju(y,S,Kp,!0))):(nn=rs[0]=y=null,sn=rs[1]=S=null)),sr(E,y,S)}let oo,nr,ao,w,k,Q,q,$,At,It;function Et(y,S,P,D,G,K){y??=z_,P??=Qp,D??="butt",G??=z_,K??="round",y!=oo&&(u.strokeStyle=oo=y),G!=nr&&(u.fillStyle=nr=G),S!=ao&&(u.lineWidth=ao=S),K!=k&&(u.lineJoin=k=K),D!=Q&&(u.lineCap=Q=D),P!=w&&u.setLineDash(w=P)}function Lt(y,S,P,D){S!=nr&&(u.fillStyle=nr=S),y!=q&&(u.font=q=y),P!=$&&(u.textAlign=$=P),D!=At&&(u.textBaseline=At=D)}function kt(y,S,P,D,G=0){if(D.length>0&&y.auto(i,er)&&(S==null||S.min==null)){let K=we(nn,0),lt=we(sn,D.length-1),dt=P.min==null?E2(D,K,lt,G,y.distr==3):[P.min,P.max];y.min=is(y.min,P.min=dt[0]),y.max=ni(y.max,P.max=dt[1])}}let Qt={min:null,max:null};function pe(){for(let D in v){let G=v[D];H[D]==null&&(G.min==null||H[E]!=null&&G.auto(i,er))&&(H[D]=Qt)}for(let D in v){let G=v[D];H[D]==null&&G.from!=null&&H[G.from]!=null&&(H[D]=Qt)}H[E]!=null&&ue(!0);let y={};for(let D in H){let G=H[D];if(G!=null){let K=y[D]=_a(v[D],U2);if(G.min!=null)dn(K,G);else if(D!=E||s==2)if(je==0&&K.from==null){let lt=K.range(i,null,null,D);K.min=lt[0],K.max=lt[1]}else K.min=Be,K.max=-Be}}if(je>0){b.forEach((D,G)=>{if(s==1){let K=D.scale,lt=H[K];if(lt==null)return;let dt=y[K];if(G==0){let bt=dt.range(i,dt.min,dt.max,K);dt.min=bt[0],dt.max=bt[1],nn=ns(dt.min,t[0]),sn=ns(dt.max,t[0]),sn-nn>1&&(t[0][nn]<dt.min&&nn++,t[0][sn]>dt.max&&sn--),D.min=ci[nn],D.max=ci[sn]}else D.show&&D.auto&&kt(dt,lt,D,t[G],D.sorted);D.idxs[0]=nn,D.idxs[1]=sn}else if(G>0&&D.show&&D.auto){let[K,lt]=D.facets,dt=K.scale,bt=lt.scale,[Nt,Dt]=t[G],Ft=y[dt],ie=y[bt];Ft!=null&&kt(Ft,H[dt],K,Nt,K.sorted),ie!=null&&kt(ie,H[bt],lt,Dt,lt.sorted),D.min=lt.min,D.max=lt.max}});for(let D in y){let G=y[D],K=H[D];if(G.from==null&&(K==null||K.min==null)){let lt=G.range(i,G.min==Be?null:G.min,G.max==-Be?null:G.max,D);G.min=lt[0],G.max=lt[1]}}}for(let D in y){let G=y[D];if(G.from!=null){let K=y[G.from];if(K.min==null)G.min=G.max=null;else{let lt=G.range(i,K.min,K.max,D);G.min=lt[0],G.max=lt[1]}}}let S={},P=!1;for(let D in y){let G=y[D],K=v[D];if(K.min!=G.min||K.max!=G.max){K.min=G.min,K.max=G.max;let lt=K.distr;K._min=lt==3?Qs(K.min):lt==4?Np(K.min,K.asinh):lt==100?K.fwd(K.min):K.min,K._max=lt==3?Qs(K.max):lt==4?Np(K.max,K.asinh):lt==100?K.fwd(K.max):K.max,S[D]=P=!0}}if(P){b.forEach((D,G)=>{s==2?G>0&&S.y&&(D._paths=null):S[D.scale]&&(D._paths=null)});for(let D in S)yt=!0,An("setScale",D);mt&&ut.left>=0&&(et=pt=!0)}for(let D in H)H[D]=null}function Bt(y){let S=Vp(nn-1,0,je-1),P=Vp(sn+1,0,je-1);for(;y[S]==null&&S>0;)S--;for(;y[P]==null&&P<je-1;)P++;return[S,P]}function me(){if(je>0){let y=b.some(S=>S._focus)&&It!=Ot.alpha;y&&(u.globalAlpha=It=Ot.alpha),b.forEach((S,P)=>{if(P>0&&S.show&&(Ze(P,!1),Ze(P,!0),S._paths==null)){let D=It;It!=S.alpha&&(u.globalAlpha=It=S.alpha);let G=s==2?[0,t[P][0].length-1]:Bt(t[P]);S._paths=S.paths(i,P,G[0],G[1]),It!=D&&(u.globalAlpha=It=D)}}),b.forEach((S,P)=>{if(P>0&&S.show){let D=It;It!=S.alpha&&(u.globalAlpha=It=S.alpha),S._paths!=null&&Ie(P,!1);{let G=S._paths!=null?S._paths.gaps:null,K=S.points.show(i,P,nn,sn,G),lt=S.points.filter(i,P,K,G);(K||lt)&&(S.points._paths=S.points.paths(i,P,nn,sn,lt),Ie(P,!0))}It!=D&&(u.globalAlpha=It=D),An("drawSeries",P)}}),y&&(u.globalAlpha=It=1)}}function Ze(y,S){let P=S?b[y].points:b[y];P._stroke=P.stroke(i,y),P._fill=P.fill(i,y)}function Ie(y,S){let P=S?b[y].points:b[y],{stroke:D,fill:G,clip:K,flags:lt,_stroke:dt=P._stroke,_fill:bt=P._fill,_width:Nt=P.width}=P._paths;Nt=ke(Nt*Te,3);let Dt=null,Ft=Nt%2/2;S&&bt==null&&(bt=Nt>0?"#fff":dt);let ie=P.pxAlign==1&&Ft>0;if(ie&&u.translate(Ft,Ft),!S){let Ae=C-Nt/2,Se=M-Nt/2,ge=X+Nt,Zt=ht+Nt;Dt=new Path2D,Dt.rect(Ae,Se,ge,Zt)}S?Ut(dt,Nt,P.dash,P.cap,bt,D,G,lt,K):Le(y,dt,Nt,P.dash,P.cap,bt,D,G,lt,Dt,K),ie&&u.translate(-Ft,-Ft)}function Le(y,S,P,D,G,K,lt,dt,bt,Nt,Dt){let Ft=!1;bt!=0&&R.forEach((ie,Ae)=>{if(ie.series[0]==y){let Se=b[ie.series[1]],ge=t[ie.series[1]],Zt=(Se._paths||ql).band;Pr(Zt)&&(Zt=ie.dir==1?Zt[0]:Zt[1]);let Wt,We=null;Se.show&&Zt&&R2(ge,nn,sn)?(We=ie.fill(i,Ae)||K,Wt=Se._paths.clip):Zt=null,Ut(S,P,D,G,We,lt,dt,bt,Nt,Dt,Wt,Zt),Ft=!0}}),Ft||Ut(S,P,D,G,K,lt,dt,bt,Nt,Dt)}let mn=ya|Wp;function Ut(y,S,P,D,G,K,lt,dt,bt,Nt,Dt,Ft){Et(y,S,P,D,G),(bt||Nt||Ft)&&(u.save(),bt&&u.clip(bt),Nt&&u.clip(Nt)),Ft?(dt&mn)==mn?(u.clip(Ft),Dt&&u.clip(Dt),xe(G,lt),ln(y,K,S)):dt&Wp?(xe(G,lt),u.clip(Ft),ln(y,K,S)):dt&ya&&(u.save(),u.clip(Ft),Dt&&u.clip(Dt),xe(G,lt),u.restore(),ln(y,K,S)):(xe(G,lt),ln(y,K,S)),(bt||Nt||Ft)&&u.restore()}function ln(y,S,P){P>0&&(S instanceof Map?S.forEach((D,G)=>{u.strokeStyle=oo=G,u.stroke(D)}):S!=null&&y&&u.stroke(S))}function xe(y,S){S instanceof Map?S.forEach((P,D)=>{u.fillStyle=nr=D,u.fill(P)}):S!=null&&y&&u.fill(S)}function Ps(y,S,P,D){let G=T[y],K;if(D<=0)K=[0,0];else{let lt=G._space=G.space(i,y,S,P,D),dt=G._incrs=G.incrs(i,y,S,P,D,lt);K=Z3(S,P,dt,D,lt)}return G._found=K}function cn(y,S,P,D,G,K,lt,dt,bt,Nt){let Dt=lt%2/2;x==1&&u.translate(Dt,Dt),Et(dt,lt,bt,Nt,dt),u.beginPath();let Ft,ie,Ae,Se,ge=G+(D==0||D==3?-K:K);P==0?(ie=G,Se=ge):(Ft=G,Ae=ge);for(let Zt=0;Zt<y.length;Zt++)S[Zt]!=null&&(P==0?Ft=Ae=y[Zt]:ie=Se=y[Zt],u.moveTo(Ft,ie),u.lineTo(Ae,Se));u.stroke(),x==1&&u.translate(-Dt,-Dt)}function lo(y){let S=!0;return T.forEach((P,D)=>{if(!P.show)return;let G=v[P.scale];if(G.min==null){P._show&&(S=!1,P._show=!1,ue(!1));return}else P._show||(S=!1,P._show=!0,ue(!1));let K=P.side,lt=K%2,{min:dt,max:bt}=G,[Nt,Dt]=Ps(D,dt,bt,lt==0?F:Ct);if(Dt==0)return;let Ft=G.distr==2,ie=P._splits=P.splits(i,D,dt,bt,Nt,Dt,Ft),Ae=G.distr==2?ie.map(Wt=>ci[Wt]):ie,Se=G.distr==2?ci[ie[1]]-ci[ie[0]]:Nt,ge=P._values=P.values(i,P.filter(i,Ae,D,Dt,Se),D,Dt,Se);P._rotate=K==2?P.rotate(i,ge,D,Dt):0;let Zt=P._size;P._size=Bi(P.size(i,ge,D,y)),Zt!=null&&P._size!=Zt&&(S=!1)}),S}function os(y){let S=!0;return Aa.forEach((P,D)=>{let G=P(i,D,ss,y);G!=ki[D]&&(S=!1),ki[D]=G}),S}function Is(){for(let y=0;y<T.length;y++){let S=T[y];if(!S.show||!S._show)continue;let P=S.side,D=P%2,G,K,lt=S.stroke(i,y),dt=P==0||P==3?-1:1,[bt,Nt]=S._found;if(S.label!=null){let Xn=S.labelGap*dt,fi=bn((S._lpos+Xn)*Te);Lt(S.labelFont[0],lt,"center",P==2?"top":k_),u.save(),D==1?(G=K=0,u.translate(fi,bn(M+ht/2)),u.rotate((P==3?-Yu:Yu)/2)):(G=bn(C+X/2),K=fi);let Dr=Ry(S.label)?S.label(i,y,bt,Nt):S.label;u.fillText(Dr,G,K),u.restore()}if(Nt==0)continue;let Dt=v[S.scale],Ft=D==0?X:ht,ie=D==0?C:M,Ae=S._splits,Se=Dt.distr==2?Ae.map(Xn=>ci[Xn]):Ae,ge=Dt.distr==2?ci[Ae[1]]-ci[Ae[0]]:bt,Zt=S.ticks,Wt=S.border,We=Zt.show?Zt.size:0,tn=bn(We*Te),En=bn((S.alignTo==2?S._size-We-S.gap:S.gap)*Te),Ue=S._rotate*-Yu/180,en=m(S._pos*Te),hi=(tn+En)*dt,Wn=en+hi;K=D==0?Wn:0,G=D==1?Wn:0;let Ti=S.font[0],zi=S.align==1?da:S.align==2?Pp:Ue>0?da:Ue<0?Pp:D==0?"center":P==3?Pp:da,cs=Ue||D==1?"middle":P==2?"top":k_;Lt(Ti,lt,zi,cs);let ui=S.font[1]*S.lineGap,Ri=Ae.map(Xn=>m(a(Xn,Dt,Ft,ie))),Vi=S._values;for(let Xn=0;Xn<Vi.length;Xn++){let fi=Vi[Xn];if(fi!=null){D==0?G=Ri[Xn]:K=Ri[Xn],fi=""+fi;let Dr=fi.indexOf(`
`)==-1?[fi]:fi.split(/\n/gm);for(let qn=0;qn<Dr.length;qn++){let Rm=Dr[qn];Ue?(u.save(),u.translate(G,K+qn*ui),u.rotate(Ue),u.fillText(Rm,0,0),u.restore()):u.fillText(Rm,G,K+qn*ui)}}}Zt.show&&cn(Ri,Zt.filter(i,Se,y,Nt,ge),D,P,en,tn,ke(Zt.width*Te,3),Zt.stroke(i,y),Zt.dash,Zt.cap);let hs=S.grid;hs.show&&cn(Ri,hs.filter(i,Se,y,Nt,ge),D,D==0?2:1,D==0?M:C,D==0?ht:X,ke(hs.width*Te,3),hs.stroke(i,y),hs.dash,hs.cap),Wt.show&&cn([en],[1],D==0?1:0,D==0?1:2,D==1?M:C,D==1?ht:X,ke(Wt.width*Te,3),Wt.stroke(i,y),Wt.dash,Wt.cap)}An("drawAxes")}function ue(y){b.forEach((S,P)=>{P>0&&(S._paths=null,y&&(s==1?(S.min=null,S.max=null):S.facets.forEach(D=>{D.min=null,D.max=null})))})}let Qe=!1,Hn=!1,Ne=[];function hn(){Hn=!1;for(let y=0;y<Ne.length;y++)An(...Ne[y]);Ne.length=0}function Fn(){Qe||(G2(hm),Qe=!0)}function jl(y,S=!1){Qe=!0,Hn=S,y(i),hm(),S&&Ne.length>0&&queueMicrotask(hn)}i.batch=jl;function hm(){if(ot&&(pe(),ot=!1),yt&&(wt(),yt=!1),xt){if(qe(d,da,$t),qe(d,"top",re),qe(d,Gl,F),qe(d,Hl,Ct),qe(p,da,$t),qe(p,"top",re),qe(p,Gl,F),qe(p,Hl,Ct),qe(f,Gl,Ke),qe(f,Hl,an),h.width=bn(Ke*Te),h.height=bn(an*Te),T.forEach(({_el:y,_show:S,_size:P,_pos:D,side:G})=>{if(y!=null)if(S){let K=G===3||G===0?P:0,lt=G%2==1;qe(y,lt?"left":"top",D-K),qe(y,lt?"width":"height",P),qe(y,lt?"top":"left",lt?re:$t),qe(y,lt?"height":"width",lt?Ct:F),kp(y,eo)}else Si(y,eo)}),oo=nr=ao=k=Q=q=$=At=w=null,It=1,Pa(!0),$t!=St||re!=Fe||F!=zt||Ct!=Xt){ue(!1);let y=F/zt,S=Ct/Xt;if(mt&&!et&&ut.left>=0){ut.left*=y,ut.top*=S,co&&As(co,bn(ut.left),0,F,Ct),ho&&As(ho,0,bn(ut.top),F,Ct);for(let P=0;P<le.length;P++){let D=le[P];D!=null&&(Ve[P]*=y,Gn[P]*=S,As(D,Bi(Ve[P]),Bi(Gn[P]),F,Ct))}}if(He.show&&!it&&He.left>=0&&He.width>0){He.left*=y,He.width*=y,He.top*=S,He.height*=S;for(let P in _f)qe(po,P,He[P])}St=$t,Fe=re,zt=F,Xt=Ct}An("setSize"),xt=!1}Ke>0&&an>0&&(u.clearRect(0,0,h.width,h.height),An("drawClear"),A.forEach(y=>y()),An("draw")),He.show&&it&&(Ql(He),it=!1),mt&&et&&(Nr(null,!0,!1),et=!1),ft.show&&ft.live&&pt&&(gf(),pt=!1),c||(c=!0,i.status=1,An("ready")),er=!1,Qe=!1}i.redraw=(y,S)=>{yt=S||!1,y!==!1?sr(E,L.min,L.max):Fn()};function df(y,S){let P=v[y];if(P.from==null){if(je==0){let D=P.range(i,S.min,S.max,y);S.min=D[0],S.max=D[1]}if(S.min>S.max){let D=S.min;S.min=S.max,S.max=D}if(je>1&&S.min!=null&&S.max!=null&&S.max-S.min<1e-16)return;y==E&&P.distr==2&&je>0&&(S.min=ns(S.min,t[0]),S.max=ns(S.max,t[0]),S.min==S.max&&S.max++),H[y]=S,ot=!0,Fn()}}i.setScale=df;let pf,mf,co,ho,um,fm,uo,fo,dm,pm,Ge,Ye,ir=!1,In=ut.drag,Sn=In.x,wn=In.y;mt&&(ut.x&&(pf=Oi(f2,p)),ut.y&&(mf=Oi(d2,p)),L.ori==0?(co=pf,ho=mf):(co=mf,ho=pf),Ge=ut.left,Ye=ut.top);let He=i.select=dn({show:!0,over:!0,left:0,width:0,top:0,height:0},n.select),po=He.show?Oi(u2,He.over?p:d):null;function Ql(y,S){if(He.show){for(let P in y)He[P]=y[P],P in _f&&qe(po,P,y[P]);S!==!1&&An("setSelect")}}i.setSelect=Ql;function bb(y){if(b[y].show)tt&&kp(se[y],eo);else if(tt&&Si(se[y],eo),mt){let P=Rt?le[0]:le[y];P!=null&&As(P,-10,-10,F,Ct)}}function sr(y,S,P){df(y,{min:S,max:P})}function as(y,S,P,D){S.focus!=null&&Ab(y),S.show!=null&&b.forEach((G,K)=>{K>0&&(y==K||y==null)&&(G.show=S.show,bb(K),s==2?(sr(G.facets[0].scale,null,null),sr(G.facets[1].scale,null,null)):sr(G.scale,null,null),Fn())}),P!==!1&&An("setSeries",y,S),D&&Ia("setSeries",i,y,S)}i.setSeries=as;function vb(y,S){dn(R[y],S)}function Mb(y,S){y.fill=ye(y.fill||null),y.dir=we(y.dir,-1),S=S??R.length,R.splice(S,0,y)}function Sb(y){y==null?R.length=0:R.splice(y,1)}i.addBand=Mb,i.setBand=vb,i.delBand=Sb;function wb(y,S){b[y].alpha=S,mt&&le[y]!=null&&(le[y].style.opacity=S),tt&&se[y]&&(se[y].style.opacity=S)}let Ls,rr,Lr,mo={focus:!0};function Ab(y){if(y!=Lr){let S=y==null,P=Ot.alpha!=1;b.forEach((D,G)=>{if(s==1||G>0){let K=S||G==0||G==y;D._focus=S?null:K,P&&wb(G,K?1:Ot.alpha)}}),Lr=y,P&&Fn()}}tt&&Kt&&be(H_,Tt,y=>{ut._lock||(Jt(y),Lr!=null&&as(null,mo,!0,un.setSeries))});function ls(y,S,P){let D=v[S];P&&(y=y/Te-(D.ori==1?re:$t));let G=F;D.ori==1&&(G=Ct,y=G-y),D.dir==-1&&(y=G-y);let K=D._min,lt=D._max,dt=y/G,bt=K+(lt-K)*dt,Nt=D.distr;return Nt==3?ga(10,bt):Nt==4?P2(bt,D.asinh):Nt==100?D.bwd(bt):bt}function Eb(y,S){let P=ls(y,E,S);return ns(P,t[0],nn,sn)}i.valToIdx=y=>ns(y,t[0]),i.posToIdx=Eb,i.posToVal=ls,i.valToPos=(y,S,P)=>v[S].ori==0?r(y,v[S],P?X:F,P?C:0):o(y,v[S],P?ht:Ct,P?M:0),i.setCursor=(y,S,P)=>{Ge=y.left,Ye=y.top,Nr(null,S,P)};function mm(y,S){qe(po,da,He.left=y),qe(po,Gl,He.width=S)}function gm(y,S){qe(po,"top",He.top=y),qe(po,Hl,He.height=S)}let Ra=L.ori==0?mm:gm,Ca=L.ori==1?mm:gm;function Tb(){if(tt&&ft.live)for(let y=s==2?1:0;y<b.length;y++){if(y==0&&he)continue;let S=ft.values[y],P=0;for(let D in S)Vt[y][P++].firstChild.nodeValue=S[D]}}function gf(y,S){if(y!=null&&(y.idxs?y.idxs.forEach((P,D)=>{st[D]=P}):D2(y.idx)||st.fill(y.idx),ft.idx=st[0]),tt&&ft.live){for(let P=0;P<b.length;P++)(P>0||s==1&&!he)&&Rb(P,st[P]);Tb()}pt=!1,S!==!1&&An("setLegend")}i.setLegend=gf;function Rb(y,S){let P=b[y],D=y==0&&B==2?ci:t[y],G;he?G=P.values(i,y,S)??ne:(G=P.value(i,S==null?null:D[S],y,S),G=G==null?ne:{_:G}),ft.values[y]=G}function Nr(y,S,P){dm=Ge,pm=Ye,[Ge,Ye]=ut.move(i,Ge,Ye),ut.left=Ge,ut.top=Ye,mt&&(co&&As(co,bn(Ge),0,F,Ct),ho&&As(ho,0,bn(Ye),F,Ct));let D,G=nn>sn;Ls=Be,rr=null;let K=L.ori==0?F:Ct,lt=L.ori==1?F:Ct;if(Ge<0||je==0||G){D=ut.idx=null;for(let dt=0;dt<b.length;dt++){let bt=le[dt];bt!=null&&As(bt,-10,-10,F,Ct)}Kt&&as(null,mo,!0,y==null&&un.setSeries),ft.live&&(st.fill(D),pt=!0)}else{let dt,bt,Nt;s==1&&(dt=L.ori==0?Ge:Ye,bt=ls(dt,E),D=ut.idx=ns(bt,t[0],nn,sn),Nt=V(t[0][D],L,K,0));let Dt=-10,Ft=-10,ie=0,Ae=0,Se=!0,ge="",Zt="";for(let Wt=s==2?1:0;Wt<b.length;Wt++){let We=b[Wt],tn=st[Wt],En=tn==null?null:s==1?t[Wt][tn]:t[Wt][1][tn],Ue=ut.dataIdx(i,Wt,D,bt),en=Ue==null?null:s==1?t[Wt][Ue]:t[Wt][1][Ue];if(pt=pt||en!=En||Ue!=tn,st[Wt]=Ue,Wt>0&&We.show){let hi=Ue==null?-10:Ue==D?Nt:V(s==1?t[0][Ue]:t[Wt][0][Ue],L,K,0),Wn=en==null?-10:N(en,s==1?v[We.scale]:v[We.facets[1].scale],lt,0);if(Kt&&en!=null){let Ti=L.ori==1?Ge:Ye,zi=vn(Ot.dist(i,Wt,Ue,Wn,Ti));if(zi<Ls){let cs=Ot.bias;if(cs!=0){let ui=ls(Ti,We.scale),Ri=en>=0?1:-1,Vi=ui>=0?1:-1;Vi==Ri&&(Vi==1?cs==1?en>=ui:en<=ui:cs==1?en<=ui:en>=ui)&&(Ls=zi,rr=Wt)}else Ls=zi,rr=Wt}}if(pt||Rt){let Ti,zi;L.ori==0?(Ti=hi,zi=Wn):(Ti=Wn,zi=hi);let cs,ui,Ri,Vi,hs,Xn,fi=!0,Dr=ct.bbox;if(Dr!=null){fi=!1;let qn=Dr(i,Wt);Ri=qn.left,Vi=qn.top,cs=qn.width,ui=qn.height}else Ri=Ti,Vi=zi,cs=ui=ct.size(i,Wt);if(Xn=ct.fill(i,Wt),hs=ct.stroke(i,Wt),Rt)Wt==rr&&Ls<=Ot.prox&&(Dt=Ri,Ft=Vi,ie=cs,Ae=ui,Se=fi,ge=Xn,Zt=hs);else{let qn=le[Wt];qn!=null&&(Ve[Wt]=Ri,Gn[Wt]=Vi,J_(qn,cs,ui,fi),Y_(qn,Xn,hs),As(qn,Bi(Ri),Bi(Vi),F,Ct))}}}}if(Rt){let Wt=Ot.prox,We=Lr==null?Ls<=Wt:Ls>Wt||rr!=Lr;if(pt||We){let tn=le[0];tn!=null&&(Ve[0]=Dt,Gn[0]=Ft,J_(tn,ie,Ae,Se),Y_(tn,ge,Zt),As(tn,Bi(Dt),Bi(Ft),F,Ct))}}}if(He.show&&ir)if(y!=null){let[dt,bt]=un.scales,[Nt,Dt]=un.match,[Ft,ie]=y.cursor.sync.scales,Ae=y.cursor.drag;if(Sn=Ae._x,wn=Ae._y,Sn||wn){let{left:Se,top:ge,width:Zt,height:Wt}=y.select,We=y.scales[Ft].ori,tn=y.posToVal,En,Ue,en,hi,Wn,Ti=dt!=null&&Nt(dt,Ft),zi=bt!=null&&Dt(bt,ie);Ti&&Sn?(We==0?(En=Se,Ue=Zt):(En=ge,Ue=Wt),en=v[dt],hi=V(tn(En,Ft),en,K,0),Wn=V(tn(En+Ue,Ft),en,K,0),Ra(is(hi,Wn),vn(Wn-hi))):Ra(0,K),zi&&wn?(We==1?(En=Se,Ue=Zt):(En=ge,Ue=Wt),en=v[bt],hi=N(tn(En,ie),en,lt,0),Wn=N(tn(En+Ue,ie),en,lt,0),Ca(is(hi,Wn),vn(Wn-hi))):Ca(0,lt)}else yf()}else{let dt=vn(dm-um),bt=vn(pm-fm);if(L.ori==1){let ie=dt;dt=bt,bt=ie}Sn=In.x&&dt>=In.dist,wn=In.y&&bt>=In.dist;let Nt=In.uni;Nt!=null?Sn&&wn&&(Sn=dt>=Nt,wn=bt>=Nt,!Sn&&!wn&&(bt>dt?wn=!0:Sn=!0)):In.x&&In.y&&(Sn||wn)&&(Sn=wn=!0);let Dt,Ft;Sn&&(L.ori==0?(Dt=uo,Ft=Ge):(Dt=fo,Ft=Ye),Ra(is(Dt,Ft),vn(Ft-Dt)),wn||Ca(0,lt)),wn&&(L.ori==1?(Dt=uo,Ft=Ge):(Dt=fo,Ft=Ye),Ca(is(Dt,Ft),vn(Ft-Dt)),Sn||Ra(0,K)),!Sn&&!wn&&(Ra(0,0),Ca(0,0))}if(In._x=Sn,In._y=wn,y==null){if(P){if(Tm!=null){let[dt,bt]=un.scales;un.values[0]=dt!=null?ls(L.ori==0?Ge:Ye,dt):null,un.values[1]=bt!=null?ls(L.ori==1?Ge:Ye,bt):null}Ia(Ip,i,Ge,Ye,F,Ct,D)}if(Kt){let dt=P&&un.setSeries,bt=Ot.prox;Lr==null?Ls<=bt&&as(rr,mo,!0,dt):Ls>bt?as(null,mo,!0,dt):rr!=Lr&&as(rr,mo,!0,dt)}}pt&&(ft.idx=D,gf()),S!==!1&&An("setCursor")}let or=null;Object.defineProperty(i,"rect",{get(){return or==null&&Pa(!1),or}});function Pa(y=!1){y?or=null:(or=p.getBoundingClientRect(),An("syncRect",or))}function xm(y,S,P,D,G,K,lt){ut._lock||ir&&y!=null&&y.movementX==0&&y.movementY==0||(xf(y,S,P,D,G,K,lt,!1,y!=null),y!=null?Nr(null,!0,!0):Nr(S,!0,!1))}function xf(y,S,P,D,G,K,lt,dt,bt){if(or==null&&Pa(!1),Jt(y),y!=null)P=y.clientX-or.left,D=y.clientY-or.top;else{if(P<0||D<0){Ge=-10,Ye=-10;return}let[Nt,Dt]=un.scales,Ft=S.cursor.sync,[ie,Ae]=Ft.values,[Se,ge]=Ft.scales,[Zt,Wt]=un.match,We=S.axes[0].side%2==1,tn=L.ori==0?F:Ct,En=L.ori==1?F:Ct,Ue=We?K:G,en=We?G:K,hi=We?D:P,Wn=We?P:D;if(Se!=null?P=Zt(Nt,Se)?a(ie,v[Nt],tn,0):-10:P=tn*(hi/Ue),ge!=null?D=Wt(Dt,ge)?a(Ae,v[Dt],En,0):-10:D=En*(Wn/en),L.ori==1){let Ti=P;P=D,D=Ti}}bt&&(S==null||S.cursor.event.type==Ip)&&((P<=1||P>=F-1)&&(P=Qr(P,F)),(D<=1||D>=Ct-1)&&(D=Qr(D,Ct))),dt?(um=P,fm=D,[uo,fo]=ut.move(i,P,D)):(Ge=P,Ye=D)}let _f={width:0,height:0,left:0,top:0};function yf(){Ql(_f,!1)}let _m,ym,bm,vm;function Mm(y,S,P,D,G,K,lt){ir=!0,Sn=wn=In._x=In._y=!1,xf(y,S,P,D,G,K,lt,!0,!1),y!=null&&(be(Lp,Op,Sm,!1),Ia(V_,i,uo,fo,F,Ct,null));let{left:dt,top:bt,width:Nt,height:Dt}=He;_m=dt,ym=bt,bm=Nt,vm=Dt}function Sm(y,S,P,D,G,K,lt){ir=In._x=In._y=!1,xf(y,S,P,D,G,K,lt,!1,!0);let{left:dt,top:bt,width:Nt,height:Dt}=He,Ft=Nt>0||Dt>0,ie=_m!=dt||ym!=bt||bm!=Nt||vm!=Dt;if(Ft&&ie&&Ql(He),In.setScale&&Ft&&ie){let Ae=dt,Se=Nt,ge=bt,Zt=Dt;if(L.ori==1&&(Ae=bt,Se=Dt,ge=dt,Zt=Nt),Sn&&sr(E,ls(Ae,E),ls(Ae+Se,E)),wn)for(let Wt in v){let We=v[Wt];Wt!=E&&We.from==null&&We.min!=Be&&sr(Wt,ls(ge+Zt,Wt),ls(ge,Wt))}yf()}else ut.lock&&(ut._lock=!ut._lock,Nr(S,!0,y!=null));y!=null&&(pn(Lp,Op),Ia(Lp,i,Ge,Ye,F,Ct,null))}function Cb(y,S,P,D,G,K,lt){if(ut._lock)return;Jt(y);let dt=ir;if(ir){let bt=!0,Nt=!0,Dt=10,Ft,ie;L.ori==0?(Ft=Sn,ie=wn):(Ft=wn,ie=Sn),Ft&&ie&&(bt=Ge<=Dt||Ge>=F-Dt,Nt=Ye<=Dt||Ye>=Ct-Dt),Ft&&bt&&(Ge=Ge<uo?0:F),ie&&Nt&&(Ye=Ye<fo?0:Ct),Nr(null,!0,!0),ir=!1}Ge=-10,Ye=-10,st.fill(null),Nr(null,!0,!0),dt&&(ir=dt)}function wm(y,S,P,D,G,K,lt){ut._lock||(Jt(y),Ta(),yf(),y!=null&&Ia(W_,i,Ge,Ye,F,Ct,null))}function Am(){T.forEach(J3),U(i.width,i.height,!0)}no(Zu,ma,Am);let go={};go.mousedown=Mm,go.mousemove=xm,go.mouseup=Sm,go.dblclick=wm,go.setSeries=(y,S,P,D)=>{let G=un.match[2];P=G(i,S,P),P!=-1&&as(P,D,!0,!1)},mt&&(be(V_,p,Mm),be(Ip,p,xm),be(G_,p,y=>{Jt(y),Pa(!1)}),be(H_,p,Cb),be(W_,p,wm),Xp.add(i),i.syncRect=Pa);let tc=i.hooks=n.hooks||{};function An(y,S,P){Hn?Ne.push([y,S,P]):y in tc&&tc[y].forEach(D=>{D.call(null,i,S,P)})}(n.plugins||[]).forEach(y=>{for(let S in y.hooks)tc[S]=(tc[S]||[]).concat(y.hooks[S])});let Em=(y,S,P)=>P,un=dn({key:null,setSeries:!1,filters:{pub:ey,sub:ey},scales:[E,b[1]?b[1].scale:null],match:[ny,ny,Em],values:[null,null]},ut.sync);un.match.length==2&&un.match.push(Em),ut.sync=un;let Tm=un.key,bf=jy(Tm);function Ia(y,S,P,D,G,K,lt){un.filters.pub(y,S,P,D,G,K,lt)&&bf.pub(y,S,P,D,G,K,lt)}bf.sub(i);function Pb(y,S,P,D,G,K,lt){un.filters.sub(y,S,P,D,G,K,lt)&&go[y](null,S,P,D,G,K,lt)}i.pub=Pb;function Ib(){bf.unsub(i),Xp.delete(i),Mn.clear(),zp(Zu,ma,Am),l.remove(),Tt?.remove(),An("destroy")}i.destroy=Ib;function vf(){An("init",n,t),Ea(t||n.data,!1),H[E]?df(E,H[E]):Ta(),it=He.show&&(He.width>0||He.height>0),et=pt=!0,U(n.width,n.height)}return b.forEach(ro),T.forEach(Rs),e?e instanceof HTMLElement?(e.appendChild(l),vf()):e(i,vf):vf(),i}Un.assign=dn;Un.fmtNum=jp;Un.rangeNum=Ju;Un.rangeLog=Qu;Un.rangeAsinh=Jp;Un.orient=so;Un.pxRatio=Te;Un.join=V2;Un.fmtDate=tm,Un.tzDate=j2;Un.sync=jy;{Un.addGap=D3,Un.clipGaps=nf;let n=Un.paths={points:sb};n.linear=ob,n.stepped=O3,n.bars=B3,n.spline=z3}var K3=52,hb=32,ub=40,j3=4,Sa=6,af=class{constructor(t,e){this.traces=t,this.app=t.app,this.spec=e,this.log=e.log,this.smoothed=J("span",{class:"lx-smoothed"}),this.readName=J("span",{class:"lx-read-name"}),this.readValues=J("span",{class:"lx-read-values"}),this.readout=J("output",{class:"lx-readout","aria-live":"off"},this.readName,this.readValues),this.logButton=J("button",{type:"button",class:"lx-mini","aria-pressed":String(this.log),"aria-label":`Logarithmic axis of ${e.title}`,title:"Logarithmic axis",text:"log",onclick:()=>this.setLog(!this.log)}),this.plot=J("div",{class:"lx-trace-plot",role:"img","aria-label":`${e.title} along the steps`}),this.el=J("section",{class:"lx-trace","data-trace":e.key},J("header",{},J("h4",{},e.title,this.smoothed),this.readout,this.logButton),this.plot),this.overlay=new gs("lx-trace-overlay"),this.listen()}setLog(t){this.log=t,this.logButton.setAttribute("aria-pressed",String(t)),this.build(),this.app.frames.request("cursors")}build(){let{app:t,spec:e}=this,{colors:i}=t;this.chart?.destroy(),this.runs=t.entries(),this.read();let s=this.runs.length>12,r=this.runs.flatMap(({look:u})=>e.lines.map(({wide:f})=>({stroke:u.color,width:f?1.8:s?.9:1.1,alpha:s?.75:.9,dash:e.points||e.key==="lr"||f?u.dash.map(d=>d*devicePixelRatio):void 0,spanGaps:!!e.points,points:{show:!!e.points,size:5,width:1.2,fill:i.ground}}))),{last:o}=this.traces,a={stroke:i.grid,width:1},c={stroke:i.rule,width:1,size:4},l={stroke:i.ink2,font:Pi,grid:a,ticks:c,gap:4},h={width:this.traces.width,height:this.height(),padding:[4,18,o===this?0:6,0],legend:{show:!1},cursor:{show:!1},select:{show:!1},scales:{x:{time:!1,range:()=>this.traces.range()},y:{distr:this.log?3:1,range:()=>this.range()}},axes:[{...l,show:!0,size:o===this?hb:0,ticks:{...c,show:o===this},values:(u,f)=>f.map(d=>o===this&&Number.isInteger(d)?Je(d):"")},{...l,size:K3,splits:(u,f,d,p)=>Fs(d,p,this.log,Math.max(3,Math.round(this.height()/30))),filter:(u,f)=>f,values:(u,f)=>f.map(Je)}],series:[{},...r],hooks:{draw:[u=>this.drawn(u)]}};this.chart=new Un(h,this.data,this.plot),this.chart.over.append(this.overlay.canvas)}drawn(t){this.drawResiduals(t);let{width:e,height:i}=t.bbox;this.overlay.resize(e/devicePixelRatio+2*Sa,i/devicePixelRatio),this.overlay.context.translate(Sa,0),this.app.frames.request("cursors")}height(){return this.traces.panelHeight+(this.traces.last===this?hb:0)}range(){let[t,e]=this.traces.range(),[i,...s]=this.data,[r,o]=[0,i.length-1];for(;r<o&&i[r]<t;)r++;for(;o>r&&i[o]>e;)o--;return Wu(s,r,o,this.log)}resize(){this.chart.setSize({width:this.traces.width,height:this.height()})}refresh(){this.read(),this.chart.setData(this.data,!0)}read(){let{smoothing:t}=this.traces;this.data=Hu(this.spec,this.runs.map(({run:e})=>e),t),gn(this.smoothed,this.spec.noisy&&t>1?`, mean of ${t} steps`:"")}drawnValue(t,e,i){if(this.spec.points)return ds(this.runs[t].run,"sharpness",i)?.value;let s=this.data[1+t*this.spec.lines.length+e],{length:r}=this.runs[t].run.series?.[this.spec.lines[e].series]??[];return s[i===r?i-1:i]}drawResiduals(t){if(!this.spec.points)return;let{ctx:e}=t;e.save(),e.lineWidth=1.2*devicePixelRatio;for(let{run:i,look:s}of this.runs){let{step:r,value:o,residual:a}=i.sharpness??{};a&&(e.strokeStyle=s.color,r.forEach((c,l)=>{if(!(a[l]>0)||this.log&&o[l]<=a[l])return;let[h,u]=[o[l]-a[l],o[l]+a[l]].map(d=>t.valToPos(d,"y",!0));if(h-u<6*devicePixelRatio)return;let f=t.valToPos(c,"x",!0);e.beginPath(),e.moveTo(f,h),e.lineTo(f,u),e.stroke()}))}e.restore()}y(t){return!Number.isFinite(t)||this.log&&t<=0?null:this.chart.valToPos(t,"y")}drawCursor(){let{app:t,overlay:e,chart:i}=this,{colors:s,store:r}=t,{height:o}=e,a=e.width-2*Sa,{context:c}=e;c.clearRect(-Sa,0,e.width,o);let l=m=>i.valToPos(m,"x"),h=r.get("selection");h.length&&(c.fillStyle=s.span,c.fillRect(l(h[0]),0,Math.max(1,l(h[1])-l(h[0])),o));let u=t.focus(),f=this.runs.find(({run:m})=>m.id===u);f&&this.drawRun(c,f,l,s);let d=r.get("hover");d?.step!==void 0&&(c.setLineDash([2,3]),fb(c,l(d.step),o,s.ink3,1),c.setLineDash([]));let p=r.get("step"),x=l(p);if(x>=-1&&x<=a+1){fb(c,x,o,s.ink,1.25);let m=this.runs.length>za,g=[];this.runs.forEach(({run:b,look:T},v)=>{for(let R=0;R<this.spec.lines.length;R++){let E=this.y(this.drawnValue(v,R,p));if(E!==null){if(m){g.push({look:T,y:E,x:this.spec.points?l(ds(b,"sharpness",p).step):x});continue}c.beginPath(),c.arc(this.spec.points?l(ds(b,"sharpness",p).step):x,E,3,0,2*Math.PI),c.fillStyle=T.color,c.fill(),c.strokeStyle=s.ground,c.lineWidth=1.2,c.stroke()}}});for(let[b,T]of qf(g)){c.fillStyle=b;for(let{x:v,y:R}of T)c.fillRect(v-2,R-2,4,4)}}this.drawReadout(f,d?.step??p)}drawRun(t,{run:e,look:i},s,r){this.spec.lines.forEach(({wide:o},a)=>{let c=this.data[1+this.runs.findIndex(u=>u.run.id===e.id)*this.spec.lines.length+a],l=this.data[0];t.beginPath();let h=!1;for(let u=0;u<l.length;u++){if(c[u]===void 0&&this.spec.points)continue;let f=c[u]===null||c[u]===void 0?null:this.y(c[u]);f===null?h=!1:h?t.lineTo(s(l[u]),f):(t.moveTo(s(l[u]),f),h=!0)}t.lineJoin="round",t.strokeStyle=r.ground,t.lineWidth=o?4.6:3.6,t.stroke(),t.strokeStyle=i.color,t.lineWidth=o?2.4:1.7,t.stroke()})}drawReadout(t,e){if(!t){gn(this.readName,""),gn(this.readValues,"");return}let i=this.spec.lines.map(({series:s,name:r})=>{let o=ds(t.run,s,e)?.value,a=this.spec.rule&&Number.isNaN(o)?"–":te(o,5);return r?`${r} ${a}`:a});gn(this.readName,t.name),gn(this.readValues,i.join("  "))}listen(){let{canvas:t}=this.overlay;this.tooltip=new hr(this.plot);let e=null,i=s=>{let r=t.getBoundingClientRect();return this.app.clampStep(Math.round(this.chart.posToVal(s.clientX-r.left-Sa,"x")))};t.addEventListener("pointerdown",s=>{s.button===0&&(e={x:s.clientX,step:i(s),brushing:!1},t.setPointerCapture(s.pointerId))}),t.addEventListener("pointermove",s=>{if(e&&Math.abs(s.clientX-e.x)>j3&&(e.brushing=!0),e?.brushing){let r=i(s);this.app.store.set({selection:r===e.step?[]:[Math.min(e.step,r),Math.max(e.step,r)]})}this.point(s)}),t.addEventListener("pointerup",s=>{e&&!e.brushing&&this.app.scrub(i(s)),e=null}),t.addEventListener("pointercancel",()=>e=null),t.addEventListener("pointerleave",()=>{this.tooltip.hide(),this.app.hover(null)})}point(t){let e=this.overlay.canvas.getBoundingClientRect(),[i,s]=[t.clientX-e.left-Sa,t.clientY-e.top],r=this.app.clampStep(Math.round(this.chart.posToVal(i,"x"))),o=null;this.runs.forEach((h,u)=>this.spec.lines.forEach(({series:f,name:d},p)=>{let x=this.reading(h.run,f,r,i),m=x&&this.y(this.spec.points?x.value:this.drawnValue(u,p,r));if(x===null||m===null)return;let g=Math.abs(m-s);g<(o?.distance??ub)&&(o={...x,entry:h,y:m,distance:g,name:d,drawn:this.drawnValue(u,p,r)})})),this.app.hover({step:o?.step??r,runId:o?.entry.run.id});let{left:a,top:c}=this.offset(),l=[["step",String(o?.step??r)]];if(o){let h=o.residual?` ± ${te(o.residual,2)}`:"";l.push([o.name??"value",te(o.value,6)+h]),this.smoothed.textContent&&l.push([`mean of ${this.traces.smoothing}`,te(o.drawn,6)])}this.tooltip.show(a+this.chart.valToPos(o?.step??r,"x"),c+(o?.y??s),l,o?{text:o.entry.name,color:o.entry.look.color}:null)}reading(t,e,i,s){if(e!=="sharpness"){let o=t.series?.[e]?.[i];return o===void 0?null:{step:i,value:o}}let r=null;return t.sharpness?.step?.forEach((o,a)=>{let c=Math.abs(this.chart.valToPos(o,"x")-s);c<(r?.away??ub)&&(r={step:o,value:t.sharpness.value[a],residual:t.sharpness.residual?.[a],away:c})}),r}offset(){let{left:t,top:e}=this.chart.over.style;return{left:parseFloat(t),top:parseFloat(e)}}destroy(){this.chart?.destroy(),this.el.remove()}};function fb(n,t,e,i,s){n.strokeStyle=i,n.lineWidth=s,n.beginPath(),n.moveTo(t,0),n.lineTo(t,e),n.stroke()}var Q3=[1,10,50,200];function db(n){return n.map(({key:t,title:e})=>`${t} ${e}`).join()}var lf=class{constructor(t){this.app=t,this.panels=[],this.panelHeight=96,this.width=400,this.zoomed=!1,this.axisName=J("p",{class:"lx-axis-name",text:"step"}),this.smoothing=1,this.smoother=J("select",{class:"lx-select","aria-label":"Smoothing of loss and gradient norm",onchange:()=>{this.smoothing=Number(this.smoother.value),this.refresh(),this.app.frames.request("cursors")}},...Q3.map(e=>J("option",{value:e,text:e===1?"every step":`mean of ${e} steps`}))),this.list=J("div",{class:"lx-trace-list"}),this.empty=J("p",{class:"lx-empty",text:"No traces were recorded."}),this.head=J("header",{class:"lx-plane-head"},J("h3",{text:"Traces"}),this.smoother),this.el=J("div",{class:"lx-traces"},this.head,this.list,this.axisName,this.empty)}get last(){return this.panels[this.panels.length-1]}range(){let t=this.app.store.get("selection");return this.zoomed&&t.length?t:[0,Math.max(1,this.app.lastStep)]}build(){let t=zl(this.app.payload.runs),e=db(t);if(e!==this.keys){for(let i of this.panels)i.destroy();this.panels=t.map(i=>new af(this,i)),this.list.replaceChildren(...this.panels.map(i=>i.el)),this.keys=e}this.empty.hidden=t.length>0,this.head.hidden=t.length===0,this.axisName.hidden=t.length===0;for(let i of this.panels)i.build()}outdated(){return db(zl(this.app.payload.runs))!==this.keys}resize(t,e){if(!(t===this.width&&e===this.panelHeight)){this.width=t,this.panelHeight=e;for(let i of this.panels)i.resize()}}refresh(){for(let t of this.panels)t.refresh()}rescale(){for(let t of this.panels)t.chart.setData(t.data,!0)}drawCursors(){for(let t of this.panels)t.drawCursor()}destroy(){for(let t of this.panels)t.destroy()}};var tR={width:340,height:150,left:50,right:12,top:10,bottom:32};function Es(n,t,e){let i=document.createElementNS("http://www.w3.org/2000/svg",n);for(let[s,r]of Object.entries(t))i.setAttribute(s,r);return e!==void 0&&(i.textContent=e),i}var cf=class{constructor({alpha:t,loss:e},i){let{width:s,height:r,left:o,right:a,top:c,bottom:l}=tR,h=Oa([e])??{low:0,high:1,lowPositive:1,negative:!1},u=h.low>0&&h.high/h.low>20,f=u?(h.high/h.low)**.05:.06*(h.high-h.low||1),d=u?[h.low/f,h.high*f]:[h.low-f,h.high+f],p=ri([t[0],t[t.length-1]],[o,s-a]),x=(u?Us:ri)(d,[r-l,c]),m=Array.from(e).filter(v=>!Number.isFinite(v)).length,g=`Loss along the line, from ${te(h.low,4)} to ${te(h.high,4)}`;this.el=Es("svg",{viewBox:`0 0 ${s} ${r}`,class:"lx-slice",role:"img"}),this.el.append(Es("title",{},m?`${g}; ${m} values not finite`:g));for(let v of Fs(...d,u,4))this.el.append(Es("line",{x1:o,x2:s-a,y1:x(v),y2:x(v),stroke:i.grid}),Es("text",{x:o-6,y:x(v),"text-anchor":"end","dominant-baseline":"middle"},Je(v)));for(let v of p.ticks(5))this.el.append(Es("text",{x:p(v),y:r-l+14,"text-anchor":"middle"},Je(v)));this.el.append(Es("text",{x:(o+s-a)/2,y:r-3,"text-anchor":"middle"},"α along the direction"),Es("text",{x:12,y:(c+r-l)/2,"text-anchor":"middle",transform:`rotate(-90 12 ${(c+r-l)/2})`},"loss")),t[0]<=0&&t[t.length-1]>=0&&this.el.append(Es("line",{x1:p(0),x2:p(0),y1:c,y2:r-l,stroke:i.ink3,"stroke-dasharray":"2 3"}));let b="",T=!1;for(let v=0;v<t.length;v++)Number.isFinite(e[v])?(b+=`${T?"L":"M"}${p(t[v]).toFixed(1)},${x(e[v]).toFixed(1)}`,T=!0):(T=!1,this.el.append(Es("text",{x:p(t[v]),y:c+6,"text-anchor":"middle",class:"lx-missing"},"×")));this.el.append(Es("path",{d:b,fill:"none",stroke:i.accent,"stroke-width":1.8,"stroke-linejoin":"round"}))}};var am={eigenvalue:"Top eigenvalue",slice:"Slice"},hf=class{constructor(t){this.app=t,this.results=new Map,this.title=J("h4",{}),this.facts=J("dl",{class:"lx-facts"}),this.actions=J("div",{class:"lx-actions"}),this.bar=J("progress",{class:"lx-progress",max:"1","aria-label":"Progress of the measurement"}),this.statusText=J("p",{class:"lx-status",role:"status"}),this.cancel=J("button",{type:"button",class:"lx-button",text:"Cancel",onclick:()=>t.host.send({type:"cancel"})}),this.progress=J("div",{class:"lx-measuring",hidden:!0},this.bar,this.statusText,this.cancel),this.found=J("div",{class:"lx-found"}),this.el=J("section",{class:"lx-detail",hidden:!0,"aria-label":"Checkpoint",onkeydown:e=>{e.key==="Escape"&&(e.stopPropagation(),t.pick(null))}},J("header",{},this.title,J("button",{type:"button",class:"lx-mini lx-square","aria-label":"Close the checkpoint",onclick:()=>t.pick(null)},mi("close"))),this.facts,this.actions,this.progress,this.found),this.el.tabIndex=-1,this.buttons=Object.entries(am).map(([e,i])=>J("button",{type:"button",class:"lx-button","data-what":e,text:e==="slice"?"Slice through it":"Measure the top eigenvalue","aria-label":`${i} at this checkpoint`,onclick:()=>this.measure(e)}))}measured(t){let e=`${t.run}|${t.checkpoint}`;this.results.set(e,{...this.results.get(e),[t.what]:t}),this.draw(),this.drawResults(),this.app.announce(this.resultText(t),0)}resultText({what:t,value:e,error:i,converged:s,text:r}){if(t==="slice")return r||"The slice is measured.";let o=Number.isFinite(i)?` ± ${te(i,2)}`:"",a=s?"converged":"not converged";return`λ = ${te(e,5)}${o}, ${a}`}measure(t){let{runId:e,index:i}=this.app.store.get("picked");this.app.host.send({type:"measure",run:e,checkpoint:i,what:t})}draw(){let t=this.app.store.get("picked"),e=t&&this.app.payload.runs.find(({id:o})=>o===t.runId);if(this.el.hidden=!e,!e)return;let{checkpoints:i}=e,{index:s}=t;if(gn(this.title,`${this.app.nameOf(e)}, step ${i.step[s]}`),this.facts.replaceChildren(...this.rows(e,s).flatMap(([o,a])=>[J("dt",{text:o}),J("dd",{text:a})])),this.app.payload.can?.measure&&this.app.host.live)this.actions.replaceChildren(...this.buttons);else{let o=this.app.host.live?"Nothing can be measured here: a study needs its folder runs/, with the weights; runs in memory need objective=.":"To measure here, open the study in a notebook.";this.actions.replaceChildren(J("p",{class:"lx-note",text:o}))}this.drawStatus(),this.shown!==`${t.runId}|${s}`&&this.drawResults()}rows(t,e){let{checkpoints:i}=t,s=this.app.plane(),r=[];i.loss&&r.push(["loss",te(i.loss[e],6)]),i.test_loss&&r.push(["test loss",te(i.test_loss[e],6)]);let[o,a]=[i.x?.[s?.id]?.[e],i.y?.[s?.id]?.[e]];if(o!==void 0){r.push(["α, β",`${te(o,5)}, ${te(a,5)}`]);let l=i.off_plane?.[s.id]?.[e];l!==void 0&&r.push(["distance from the plane",te(l,4)]);let[h,u]=[Bs(s.alpha,o),Bs(s.beta,a)];r.push(["plane’s loss nearby",te(s.loss[u*s.alpha.length+h],6)])}let c=Array.from(t.sharpness?.step??[]).indexOf(i.step[e]);if(c>=0){let l=t.sharpness.residual?.[c],h=Number.isFinite(l)?` ± ${te(l,2)}`:"",u=t.sharpness.value[c],f=Number.isNaN(u)?"not converged":te(u,5)+h;r.push([`${t.sharpness.label||"sharpness"}, recorded`,f])}return r}drawStatus(){let t=this.app.store.get("status")??{},e=t.kind==="measuring";this.progress.hidden=!e,Number.isFinite(t.fraction)?this.bar.value=t.fraction:this.bar.removeAttribute("value"),gn(this.statusText,e?t.text||"Measuring":"");for(let i of this.buttons)i.disabled=e}drawResults(){let t=this.app.store.get("picked");if(!t)return;this.shown=`${t.runId}|${t.index}`;let e=this.results.get(this.shown)??{},i=[];for(let s of Object.keys(am)){let r=e[s];if(!r)continue;let o=r.converged===!1?"lx-result lx-unconverged":"lx-result",a=J("div",{class:o,"data-what":s},J("h5",{text:am[s]}));s==="eigenvalue"&&a.append(J("p",{class:"lx-value",text:this.resultText(r)})),r.text&&a.append(J("p",{class:"lx-note",text:r.text})),r.slice&&a.append(new cf(r.slice,this.app.colors).el),i.push(a)}this.found.replaceChildren(...i)}};var Yl=1120,Ts={left:0,width:560,margin:{left:56,right:96,top:16,bottom:46}},ii={left:640,right:Yl-16,height:82,gap:30},eR="Helvetica, Arial, sans-serif";function mb(n){return String(n).replace(/[&<>"]/g,t=>({"&":"&amp;","<":"&lt;",">":"&gt;",'"':"&quot;"})[t])}function Me(n,t,e=""){let i=Object.entries(t).filter(([,s])=>s!=null&&s!=="").map(([s,r])=>` ${s}="${mb(typeof r=="number"?Number(r.toFixed(2)):r)}"`).join("");return`<${n}${i}>${e}</${n}>`}var Ei=(n,t,e,i={})=>Me("text",{x:n,y:t,...i},mb(e)),Zl=(n,t)=>`${n.toFixed(1)},${t.toFixed(1)}`;function pb(n,t){return n.map(e=>{let i=[];for(let s=0;s<e.length;s+=2)i.push(Zl(t.x(e[s]),t.y(e[s+1])));return`M${i.join("L")}Z`}).join("")}function gb(n,t){let e="",i=!1;for(let s=0;s<n;s++){let[r,o]=t(s);r===null||o===null||Number.isNaN(r)||Number.isNaN(o)?i=!1:(e+=`${i?"L":"M"}${Zl(r,o)}`,i=!0)}return e}function nR(n,t){let e=n.plane(),{colors:i}=n,s=n.plan.window??xs(e),r=e.orthonormal?(s.y1-s.y0)/(s.x1-s.x0):.9,o=Ts.width-Ts.margin.left-Ts.margin.right,a=Math.min(o*Math.min(Math.max(r,.3),1.3),520)+Ts.margin.top+Ts.margin.bottom,c={...Ts.margin,top:t+Ts.margin.top},l=Ic(Ts.width,t+a,c,s,e.orthonormal),h=n.lossScale(),u=Co(e,h),{alpha:f,beta:d}=e,p={x:l.left,y:l.top,width:l.width,height:l.height},x=u.bands.map(({color:_,rings:A})=>Me("path",{d:pb(A,l),fill:_,"fill-rule":"evenodd"})),m=u.lines.map(({rings:_})=>Me("path",{d:pb(_,l),fill:"none",stroke:"#fff","stroke-opacity":.6,"stroke-width":.7})),g=u.missing.map(([_,A])=>{let[O,I]=[l.x(f[_]),l.y(d[A+1])];return`M${Zl(O,I)}H${l.x(f[_+1]).toFixed(1)}V${l.y(d[A]).toFixed(1)}H${O.toFixed(1)}Z`}),b=xs(e),T={x:l.x(b.x0),y:l.y(b.y1),width:l.x(b.x1)-l.x(b.x0),height:l.y(b.y0)-l.y(b.y1)},v=[Me("clipPath",{id:"plane"},Me("rect",p)),Me("clipPath",{id:"field"},Me("rect",T)),`<pattern id="hatch" width="6" height="6" patternUnits="userSpaceOnUse"><rect width="6" height="6" fill="${i.hatchGround}"/><path d="M-1,7L7,-1" stroke="${i.hatch}" stroke-width="0.8"/></pattern>`,Me("g",{"clip-path":"url(#plane)"},[Me("g",{"clip-path":"url(#field)"},[Me("rect",{...T,fill:u.base}),...x,...m,g.length?Me("path",{d:g.join(""),fill:"url(#hatch)"}):""].join("")),sR(n,e,l,h)].join("")),Me("rect",{...p,fill:"none",stroke:i.ink3})];for(let _ of lr(s.x0,s.x1,l.width))v.push(Ei(l.x(_),l.bottom+16,Je(Number(_.toPrecision(10))),{"text-anchor":"middle"})),v.push(Me("path",{d:`M${Zl(l.x(_),l.bottom)}v4`,stroke:i.ink3}));for(let _ of lr(s.y0,s.y1,l.height))v.push(Ei(l.left-8,l.y(_)+4,Je(Number(_.toPrecision(10))),{"text-anchor":"end"})),v.push(Me("path",{d:`M${Zl(l.left,l.y(_))}h-4`,stroke:i.ink3}));let[R,E]=[l.left+l.width/2,l.top+l.height/2];return v.push(Ei(R,l.bottom+36,cr(e,0),{"text-anchor":"middle",fill:i.ink})),v.push(Ei(0,0,cr(e,1),{"text-anchor":"middle",fill:i.ink,transform:`translate(14 ${E.toFixed(1)}) rotate(-90)`})),h.known&&v.push(...iR(n,h,l,E)),{svg:v.join(""),bottom:l.bottom+Ts.margin.bottom}}function iR(n,t,e,i){let[s,r]=[e.right+14,e.height/di],o=Array.from({length:di},(l,h)=>Me("rect",{x:s,y:e.bottom-(h+1)*r,width:13,height:r+(h?.5:0),fill:t.bandColor(h)})),a=t.ticks.map(l=>Ei(s+19,e.bottom-t.height(l)*e.height+4,Je(l))),c=`translate(${s+66} ${i.toFixed(1)}) rotate(90)`;return[...o,...a,Ei(0,0,n.lossLabel(),{"text-anchor":"middle",fill:n.colors.ink,transform:c})]}function sR(n,t,e,i){let{colors:s}=n,r=[],a=n.entries().filter(({run:c})=>c.checkpoints?.x?.[t.id]?.length).map(c=>({...c,points:wc(c.run,t.id,e)}));for(let{look:c,points:l}of a){let h=gb(l.length/2,f=>[l[2*f],l[2*f+1]]),u=c.solid?2.1:1.7;r.push(Me("path",{d:h,fill:"none",stroke:s.ground,"stroke-width":u+2,"stroke-linejoin":"round"})),r.push(Me("path",{d:h,fill:"none",stroke:c.color,"stroke-width":u,"stroke-dasharray":c.dash.join(" ")}))}for(let{run:c,look:l,points:h}of a){for(let p=0;p<h.length/2;p++){let x=c.checkpoints.loss?i.color(c.checkpoints.loss[p]):l.color;!x||Number.isNaN(h[2*p]+h[2*p+1])||r.push(Me("circle",{cx:h[2*p],cy:h[2*p+1],r:3,fill:x,stroke:l.color,"stroke-width":1.1}))}let[u,f]=[Zf(h),Jf(h)];if(f<0)continue;r.push(Me("circle",{cx:h[2*u],cy:h[2*u+1],r:3.6,fill:s.ground,stroke:s.ink,"stroke-width":1.2}));let d=Ro(l.marker,h[2*f],h[2*f+1],6);r.push(Me("path",{d,fill:"none",stroke:s.ground,"stroke-width":3.6})),r.push(Me("path",{d,fill:"none",stroke:l.color,"stroke-width":1.5}))}for(let{run:c,look:l}of a){let h=$n(c,t.id,n.store.get("step"));if(!h)continue;let u=Ro(l.marker,e.x(h.x),e.y(h.y),4.6);r.push(Me("path",{d:u,stroke:s.ground,"stroke-width":4.4})),r.push(Me("path",{d:u,fill:h.exact?l.color:s.ground,stroke:l.color,"stroke-width":1.8}))}return r.join("")}function rR(n,t){let{width:e,height:i}=n.surface.over,s=Ts.width/e,r=n.surface.image(),o=(a,c)=>Me("image",{x:0,y:t,width:c*s,height:i*s,href:a.toDataURL("image/png")});return{svg:o(r,parseFloat(r.style.width))+o(n.surface.over.canvas,e),bottom:t+i*s}}function oR(n,t){let{colors:e}=n,i=n.entries(),s=zl(n.payload.runs),[r,o]=n.traces.range(),a=ri([r,o],[ii.left,ii.right]),c=n.store.get("step"),l=n.store.get("selection"),h=[],u=t;return s.forEach((f,d)=>{let p=n.traces.panels[d]?.log??f.log,[x,...m]=Hu(f,i.map(({run:O})=>O),n.traces.smoothing),g=f.noisy&&n.traces.smoothing>1?`${f.title}, mean of ${n.traces.smoothing} steps`:f.title,b=m.map(O=>O.filter((I,L)=>x[L]>=r&&x[L]<=o)),[T,v]=Wu(b,0,1/0,p),[R,E]=[u+16,u+16+ii.height],_=(p?Us:ri)([T,v],[E,R]),A=`trace${d}`;h.push(Me("clipPath",{id:A},Me("rect",{x:ii.left,y:R,width:ii.right-ii.left,height:ii.height}))),h.push(Ei(ii.left,u+10,g,{"font-weight":600,fill:e.ink}));for(let O of Fs(T,v,p,3))h.push(Me("path",{d:`M${ii.left},${_(O).toFixed(1)}H${ii.right}`,stroke:e.grid})),h.push(Ei(ii.left-6,_(O)+4,Je(O),{"text-anchor":"end"}));if(l.length&&h.push(Me("rect",{x:a(l[0]),y:R,width:a(l[1])-a(l[0]),height:ii.height,fill:e.span,"clip-path":`url(#${A})`})),i.forEach(({look:O},I)=>f.lines.forEach(({wide:L},B)=>{let V=m[I*f.lines.length+B],N=[];for(let z=0;z<x.length;z++)V[z]!==void 0&&N.push(z);let H=gb(N.length,z=>{let at=V[N[z]];return[a(x[N[z]]),at===null||p&&at<=0?null:_(at)]}),Y=f.points||f.key==="lr"||L;H&&h.push(Me("path",{d:H,fill:"none",stroke:O.color,"stroke-width":L?1.8:1.1,"stroke-dasharray":Y?O.dash.join(" "):"","clip-path":`url(#${A})`}))})),c>=r&&c<=o&&h.push(Me("path",{d:`M${a(c).toFixed(1)},${R}V${E}`,stroke:e.ink})),d===s.length-1){for(let O of a.ticks(6))h.push(Ei(a(O),E+16,Je(O),{"text-anchor":"middle"}));h.push(Ei((ii.left+ii.right)/2,E+34,"step",{"text-anchor":"middle",fill:e.ink}))}u=E+ii.gap-16}),{svg:h.join(""),bottom:u+40}}function aR(n,t){let{colors:e}=n,i=20,s=t,r=new Map(n.entries().map(({method:a,look:c})=>[a?.name,{method:a,look:c}])),o=[];for(let{method:a,look:c}of r.values()){let l=a?.label||a?.name||"",h=44+7*l.length;i+h>Yl-20&&([i,s]=[20,s+20]),o.push(Me("path",{d:`M${i},${s-4}h30`,stroke:c.color,"stroke-width":2,"stroke-dasharray":c.dash.join(" ")})),o.push(Me("path",{d:Ro(c.marker,i+15,s-4,3.6),fill:e.ground,stroke:c.color,"stroke-width":1.4})),o.push(Ei(i+37,s,l,{fill:e.ink})),i+=h+16}return{svg:o.join(""),bottom:s}}function lm(n){let{colors:t}=n,e=[Ei(20,30,pi(n.payload.title)||"Explorer",{"font-size":17,"font-weight":600,fill:t.ink})];e.push(Ei(20,50,pi(n.payload.subtitle)));let i=aR(n,76),s=i.bottom+22,r=n.plane()?n.store.get("view")==="surface"&&n.surface.renderer?rR(n,s):nR(n,s):{svg:"",bottom:s},o=oR(n,s),a=Math.ceil(Math.max(r.bottom,o.bottom))+8;return`<svg xmlns="http://www.w3.org/2000/svg" width="${Yl}" height="${a}" viewBox="0 0 ${Yl} ${a}" font-family="${eR}" font-size="11" fill="${t.ink2}">`+Me("rect",{width:Yl,height:a,fill:t.ground})+[...e,i.svg,r.svg,o.svg].join("")+"</svg>"}async function xb(n){let t=URL.createObjectURL(new Blob([lm(n)],{type:"image/svg+xml"}));try{let e=new Image;e.src=t,await e.decode();let i=document.createElement("canvas");return i.width=2*e.naturalWidth,i.height=2*e.naturalHeight,i.getContext("2d").drawImage(e,0,0,i.width,i.height),await new Promise(s=>i.toBlob(s,"image/png"))}finally{URL.revokeObjectURL(t)}}var lR=[["pdf","Figure, PDF"],["svg","Figure, SVG"],["png","Figure, PNG"],["py","Python that draws it"]],cR=[["view-svg","Picture of this view, SVG"],["view-png","Picture of this view, PNG"]],_b={pdf:"application/pdf",svg:"image/svg+xml",png:"image/png",py:"text/x-python"};function cm(n,t){let e=URL.createObjectURL(n),i=J("a",{href:e,download:t});document.body.append(i),i.click(),i.remove(),setTimeout(()=>URL.revokeObjectURL(e),1e4)}var uf=class{constructor(t){this.app=t,this.button=J("button",{type:"button",class:"lx-button","aria-haspopup":"menu","aria-expanded":"false",onclick:()=>this.open(!this.isOpen)},"Export",mi("down")),this.list=J("div",{class:"lx-menu",role:"menu","aria-label":"Export",hidden:!0}),this.el=J("div",{class:"lx-menu-anchor",onkeydown:e=>this.key(e)},this.button,this.list),this.el.addEventListener("focusout",e=>{this.isOpen&&e.relatedTarget&&!this.el.contains(e.relatedTarget)&&this.open(!1)}),this.outside=e=>{this.el.contains(e.target)||this.open(!1)},this.code=J("pre",{class:"lx-code",tabindex:"0"}),this.copied=J("span",{class:"lx-note",role:"status"}),this.dialog=J("dialog",{class:"lx-dialog","aria-label":"Python that draws this view"},J("header",{},J("h4",{text:"Python that draws this view"})),this.code,J("footer",{},this.copied,J("button",{type:"button",class:"lx-button",text:"Copy",onclick:()=>this.copy()}),J("button",{type:"button",class:"lx-button",text:"Close",onclick:()=>this.dialog.close()})))}get isOpen(){return!this.list.hidden}open(t){if(t!==this.isOpen){if(t){let e=this.app.payload.can?.export&&this.app.host.live;this.list.replaceChildren(...[...e?lR:[],...cR].map(([i,s])=>J("button",{type:"button",role:"menuitem",tabindex:"-1","data-format":i,text:s,onclick:()=>this.choose(i)})))}this.list.hidden=!t,this.button.setAttribute("aria-expanded",String(t)),t?(this.list.firstChild.focus(),document.addEventListener("pointerdown",this.outside)):document.removeEventListener("pointerdown",this.outside)}}key(t){if(!this.isOpen)return;let e=[...this.list.children],i=e.indexOf(document.activeElement),s={ArrowDown:i+1,ArrowUp:i-1+e.length,Home:0,End:e.length-1}[t.key];if(s!==void 0)e[s%e.length].focus();else if(t.key==="Escape")this.open(!1),this.button.focus();else return;t.preventDefault(),t.stopPropagation()}async choose(t){this.open(!1),this.button.focus();let e=hR(this.app.payload.title);t==="view-svg"?cm(new Blob([lm(this.app)],{type:_b.svg}),`${e}.svg`):t==="view-png"?cm(await xb(this.app),`${e}.png`):(this.app.announce("Drawing the figure",0),this.app.host.send({type:"export",format:t}))}received(t,e){let i=e?.[0];t.format==="py"?(this.code.textContent=t.text??new TextDecoder().decode(i),this.copied.textContent="",this.dialog.showModal()):i&&(cm(new Blob([i],{type:_b[t.format]}),t.name),this.app.announce(`${t.name} is saved`,0))}async copy(){try{await navigator.clipboard.writeText(this.code.textContent),this.copied.textContent="Copied"}catch{let t=document.createRange();t.selectNodeContents(this.code);let e=window.getSelection();e.removeAllRanges(),e.addRange(t),this.copied.textContent="Selected: copy it with Ctrl+C"}}};function hR(n){return(n||"explorer").toLowerCase().replace(/[^a-z0-9]+/g,"-").replace(/^-|-$/g,"")||"explorer"}var uR={step:0,selection:[],hidden_methods:[],hidden_seeds:[],hidden_runs:[],color_by:"method",sort_by:"",search:"",view:"contour",plane:"",theme:"auto",status:{kind:"idle"},following:!1,hover:null,pinned:null,picked:null},yb=[...Mf,"status","following"],fR=12,dR=0,Jl=class{constructor(t,e,i){this.host=i,this.id=`lx${++dR}`,this.payload=Sf(e),this.store=new ec(this.initial()),this.live=!!this.store.get("following"),this.lastStep=Ba(this.payload.runs),this.frames=new nc(s=>this.draw(s)),this.build(t),this.store.subscribe((s,r)=>this.changed(s,r));for(let s of yb)i.on(`change:${s}`,()=>this.store.set({[s]:i.get(s)},"host"));i.on("change:payload",()=>this.replace(i.get("payload"))),this.unwatch=ig(()=>this.applyTheme()),this.observer=new ResizeObserver(()=>this.resize()),this.observer.observe(this.shell.root),this.rebuild()}initial(){let t={...uR};for(let s of yb){let r=this.host.get(s);r!=null&&(t[s]=r)}let{planes:e,runs:i}=this.payload;if(e.some(({id:s})=>s===t.plane)||(t.plane=e[0]?.id??""),!this.host.live){t.step=Ba(i);let s=e.find(({id:o})=>o===t.plane)?.seed,r=this.seeds();i.length>fR&&r.includes(s)&&(t.hidden_seeds=r.filter(o=>o!==s))}return t}build(t){this.table=new Cc(this),this.plan=new Lc(this),this.surface=new Gu(this),this.traces=new lf(this),this.detail=new hf(this),this.transport=new Pc(this),this.menu=new uf(this),this.shell=new Ac(this),t.append(this.shell.root)}plane(){return this.payload.planes.find(({id:t})=>t===this.store.get("plane"))??this.payload.planes[0]}seeds(){return[...new Set(this.payload.runs.map(e=>e.seed))].filter(e=>e!=null).sort((e,i)=>e-i)}method(t){return this.payload.methods.find(e=>e.name===t)}color(t){let e=t?.color??"#656364";return this.theme==="dark"?rg(e):e}names(){return this.named??=Jg(this.payload),this.named}nameOf(t){return this.names().get(t.id)}hidden(){let t=e=>this.store.get(e);return Vf({hidden_methods:t("hidden_methods"),hidden_seeds:t("hidden_seeds"),hidden_runs:t("hidden_runs")})}runScale(){let t=this.store.get("color_by");if(this.scaled?.by!==t){let e=t==="method"?null:Mc(this.payload).find(({key:i,along:s})=>i===t&&!s);this.scaled={by:t,column:e,scale:e?t0(this.payload.runs.map(i=>e.value(i)),e.title,this.theme):null}}return this.scaled.scale}colorOf(t){let e=this.runScale();return e?e.color(this.scaled.column.value(t))??this.colors.ink3:this.color(this.method(t.method))}entries(){if(this.shown)return this.shown;let t=this.hidden(),e=new Map(this.payload.methods.map(({name:i},s)=>[i,s]));return this.shown=this.payload.runs.filter(i=>!t(i)).sort((i,s)=>(e.get(i.method)??0)-(e.get(s.method)??0)).map(i=>{let s=this.method(i.method);return{run:i,method:s,look:i0(s,this.colorOf(i)),name:this.nameOf(i)}}),this.shown}lossScale(){if(!this.scale){let t=this.plane(),e=this.payload.runs.filter(i=>i.checkpoints?.loss&&i.checkpoints.x?.[t.id]).map(i=>i.checkpoints.loss.filter(s=>s>0));this.scale=Xg([t.loss,...e])}return this.scale}rescale(){let t=this.scale;if(this.scale=null,!t||!this.plane())return;let{low:e,high:i,known:s}=this.lossScale();e===t.low&&i===t.high&&s===t.known||(this.plan.invalidate(),this.frames.request("field"))}lossLabel(){return pi(this.payload.loss_label)||"loss"}focus(){return this.store.get("hover")?.runId??this.store.get("pinned")}reducedMotion(){return window.matchMedia("(prefers-reduced-motion: reduce)").matches}clampStep(t){return Math.min(Math.max(Number.isFinite(t)?Math.round(t):0,0),this.lastStep)}scrub(t){let e=this.clampStep(t);this.store.set({step:e,following:this.store.get("following")&&e===this.lastStep}),this.transport.draw()}hover(t){let e=this.store.get("hover");e?.runId===t?.runId&&e?.step===t?.step||this.store.set({hover:t})}pick(t,e,i=!1){if(this.store.set({picked:t===null?null:{runId:t,index:e}}),t===null)this.plan.stage.focus({preventScroll:!0});else{this.detail.draw(),i&&this.detail.el.focus();let s=this.payload.runs.find(({id:r})=>r===t);this.scrub(s.checkpoints.step[e])}}zoomSpan(t){this.traces.zoomed=t,this.frames.request("traces","cursors","transport")}announce(t,e=600){this.shell.announce(t,e)}changed(t,e){if(e!=="host"){for(let s of Mf)t.has(s)&&this.host.set(s,this.store.get(s));t.has("following")&&this.host.set("following",this.store.get("following"))}let i=(...s)=>s.some(r=>t.has(r));i("theme")&&this.applyTheme(),i("plane")&&this.newPlane(),i("hidden_methods","hidden_seeds","hidden_runs")&&(this.shown=null,this.frames.request("toggles","build","field","paths","heads","cursors")),i("color_by")&&(this.shown=null,this.frames.request("table","build","paths","heads","cursors")),i("sort_by","search")&&this.frames.request("order"),i("view")&&this.frames.request("view","field","paths","heads"),i("step")&&(this.frames.request("lines","heads","cursors","values","transport"),this.announce($g(this.entries(),this.store.get("step"),this.store.get("pinned")))),i("selection")&&(this.frames.request("lines","cursors","transport"),this.traces.zoomed&&this.frames.request("traces")),i("hover","pinned")&&this.frames.request("lines","heads","cursors","values"),i("picked","status")&&this.frames.request("detail","heads"),i("following")&&(this.live||=this.store.get("following"),this.frames.request("transport"),this.store.get("following")&&this.store.set({step:this.lastStep}))}newPlane(){this.scale=null,this.plan.setPlane(),this.frames.request("planes","layout","field","paths","heads","detail")}replace(t){let e=(t?.header??t)?.version;if(e!==void 0&&e<=this.payload.version)return;let i=Sf(t);this.payload=i;let s=this.store.get("picked");s&&!i.runs.some(({id:r})=>r===s.runId)&&this.store.set({picked:null}),this.store.set({hover:null}),this.payload.planes.some(({id:r})=>r===this.store.get("plane"))||this.store.set({plane:this.payload.planes[0]?.id??""}),this.rebuild()}rebuild(){this.lastStep=Ba(this.payload.runs),this.shown=this.scale=this.named=this.scaled=null,this.plan.setPlane(),this.applyTheme(),this.shell.drawWords(),this.frames.request("planes","table","build","layout","view","field","paths","heads","cursors","values","transport","detail")}patch(t){let{version:e}=this.payload;if(e!==void 0&&t.version!==void 0&&(t.version<=e||t.from>e))return;t.version!==void 0&&(this.payload.version=t.version);let i=Dm(this.payload,t),s=Ba(this.payload.runs),r=s!==this.lastStep;this.lastStep=s,this.shell.drawWords(),i.planes||i.methods?this.rebuild():i.runs&&(this.traces.outdated()&&this.frames.request("table"),this.frames.request(this.traces.outdated()?"build":"series","paths","heads","cursors","values","detail"),this.rescale()),r&&this.frames.request("steps"),t.done&&(this.live=!1,this.frames.request("transport")),this.store.get("following")&&this.store.set({step:s})}message(t,e){t.type==="patch"?this.patch(Ns(t.patch,e)):t.type==="measured"?this.detail.measured(Ns(t,e)):t.type==="export"&&this.menu.received(t,e)}applyTheme(){let t=sg(this.store.get("theme"));this.shell.root.dataset.theme=t,this.shell.themes.value=this.store.get("theme");let e=og(this.shell.root);t===this.theme&&e.ground===this.colors.ground||(this.theme=t,this.colors=e,this.shown=this.scaled=null,this.detail.shown=null,this.frames.request("table","build","field","paths","heads","cursors","values","detail"))}resize(){let t=this.shell.root.clientWidth;t!==this.width&&(this.width=t,this.applyTheme(),this.frames.request("layout","field","paths","heads","cursors","values"))}layout(){if(!this.shell.root.clientWidth)return;let t=this.shell.left.clientWidth;this.plan.resize(t),this.surface.resize(t);let e=this.shell.right.offsetTop<this.shell.left.offsetTop+this.shell.left.offsetHeight&&this.shell.right.offsetLeft>0,i=Math.max(84,Math.min(118,Math.floor(((e?596:560)-40)/Math.max(1,this.traces.panels.length)-26)));this.traces.resize(this.shell.right.clientWidth,i)}draw(t){let e=(...s)=>s.some(r=>t.has(r)),i=this.store.get("view")!=="surface";if(e("planes")&&this.shell.drawPlanes(),e("table")?this.table.build():(e("toggles")&&this.table.drawVisible(),e("order")&&this.table.arrange()),e("build")?this.traces.build():e("series")?this.traces.refresh():e("traces")&&this.traces.rescale(),e("steps")&&this.transport.build(),e("planes")&&this.transport.build(),e("layout","planes","build")&&this.layout(),e("view","planes")&&this.shell.drawView(),this.plane()){let s=i?this.plan:this.surface;e("field")&&s.drawField(),e("paths","field")?s.drawPaths():e("lines")&&s.drawLines(),e("heads","paths","field")&&s.drawHeads()}e("cursors","series","traces","build","layout")&&this.traces.drawCursors(),e("values","series")&&this.table.draw(),e("transport","steps")&&this.transport.draw(),e("detail")&&(this.detail.draw(),this.shell.drawAlert())}destroy(){this.frames.cancel(),this.unwatch(),this.observer.disconnect(),this.transport.destroy(),this.traces.destroy(),this.table.destroy(),this.surface.destroy(),this.shell.destroy()}};function pR(n,t,e=Pm()){let i=new Jl(n,t,e);return{update:(s,r=[])=>i.patch(Ns(s,r)),destroy:()=>i.destroy()}}function mR({model:n,el:t}){let e=Cm(n),i=new Jl(t,n.get("payload"),e);return e.on("msg:custom",(s,r)=>i.message(s,r)),()=>{i.destroy(),e.destroy()}}function gR(){let n=document.getElementById("explorer-data");if(!n||n.dataset.mounted)return;n.dataset.mounted="true";let t=document.getElementById("explorer");t||(t=document.createElement("div"),n.before(t)),pR(t,JSON.parse(n.textContent))}typeof document<"u"&&document.getElementById("explorer-data")&&gR();var uF={render:mR};export{uF as default,pR as mount};
