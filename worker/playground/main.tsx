import { render } from 'preact'
import { Playground } from './components/playground.tsx'

render(<Playground />, document.getElementById('app') as HTMLElement)
